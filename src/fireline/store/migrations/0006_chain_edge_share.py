from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0005_task_counts'),
    ]

    operations = [
        migrations.AddField(
            model_name='chainedge',
            name='share',
            field=models.FloatField(blank=True, null=True),
        ),
    ]
