# Day files become files of a store: the rows. Segments are made by `fireline doctor --rebuild`.

from django.db import migrations


def forwards(apps, schema_editor):
    outbreaks, ledgers, batches, files = (
        apps.get_model('store', name) for name in ('Outbreak', 'VisitLedger', 'VisitBatch', 'VisitFile')
    )
    for old in files.objects.filter(ledger__isnull=True).order_by('id'):
        outbreak = outbreaks.objects.get(pk=old.outbreak_id)
        ledger, _ = ledgers.objects.get_or_create(
            scope=f'outbreak-{outbreak.pk}', defaults={'outbreak_id': outbreak.pk, 'tz': outbreak.tz}
        )
        origin = f'import-{old.import_batch_id}' if old.import_batch_id else 'load'
        batch, _ = batches.objects.get_or_create(
            ledger=ledger,
            batch_id=f'{origin}-{old.kind}',
            defaults={'table': old.kind, 'made_at': old.made_at, 'import_batch_id': old.import_batch_id},
        )
        batch.n_rows += old.n_rows
        batch.save()
        old.ledger, old.batch = ledger, batch
        old.save()


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0010_visit_store'),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
