# A confirmation and a search belong to a person, not only to the number of a case.

from django.db import migrations, models


def fill(apps, schema_editor):
    Case = apps.get_model('store', 'Case')
    for name in ('Confirmation', 'Search'):
        for row in apps.get_model('store', name).objects.all():
            case = Case.objects.filter(outbreak_id=row.outbreak_id, case_id=row.case_id).first()
            if case is not None:
                row.person_key = case.person_key
                row.save(update_fields=['person_key'])


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0012_visit_store_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='confirmation',
            name='person_key',
            field=models.CharField(blank=True, default='', max_length=160),
        ),
        migrations.AddField(
            model_name='search',
            name='person_key',
            field=models.CharField(blank=True, default='', max_length=160),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
