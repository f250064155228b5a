# Faults and notes of uploads in both languages, with a stable code; what stood there was English.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0005_task_counts'),
    ]

    operations = [
        migrations.RenameField('importfault', 'found', 'found_en'),
        migrations.RenameField('importfault', 'allowed', 'allowed_en'),
        migrations.RenameField('importbatch', 'note', 'note_en'),
        migrations.AddField('importfault', 'code', models.CharField(blank=True, default='', max_length=24)),
        migrations.AddField('importfault', 'found_zh', models.CharField(blank=True, default='', max_length=400)),
        migrations.AddField('importfault', 'allowed_zh', models.CharField(blank=True, default='', max_length=400)),
        migrations.AddField('importbatch', 'note_zh', models.TextField(blank=True, default='')),
    ]
