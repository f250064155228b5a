from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0008_worklists'),
    ]

    operations = [
        migrations.AddField(
            model_name='chainedge',
            name='share',
            field=models.FloatField(blank=True, null=True),
        ),
    ]
