# How a case came to light (cases.found_as), which lifting rules may leave out of the count.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0021_assessments_insert_only'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='found_as',
            field=models.CharField(blank=True, default='', max_length=24),
        ),
    ]
