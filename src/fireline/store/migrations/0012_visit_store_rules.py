# Day files become files of a store: what holds for every row, and the columns that are no longer needed.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0011_visit_store_rows'),
    ]

    operations = [
        migrations.RemoveField(model_name='visitfile', name='outbreak'),
        migrations.RemoveField(model_name='visitfile', name='import_batch'),
        migrations.RemoveField(model_name='visitfile', name='made_at'),
        migrations.AlterField(
            model_name='visitfile',
            name='ledger',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.visitledger'),
        ),
        migrations.AddIndex(
            model_name='visitfile',
            index=models.Index(fields=['ledger', 'kind', 'day'], name='visit_file_day_of'),
        ),
        migrations.AddConstraint(
            model_name='visitfile',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['visits', 'positions', 'place', 'place_long', 'persons', 'places'])), name='visit_file_kind'),
        ),
        migrations.AddConstraint(
            model_name='visitfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('day__isnull', True), ('kind__in', ['persons', 'places'])), models.Q(models.Q(('kind__in', ['persons', 'places']), _negated=True), ('day__isnull', False)), _connector='OR'), name='visit_file_day'),
        ),
        migrations.AddConstraint(
            model_name='visitfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch__isnull', False), ('kind__in', ['visits', 'positions'])), models.Q(models.Q(('kind__in', ['visits', 'positions']), _negated=True), ('batch__isnull', True)), _connector='OR'), name='visit_file_batch'),
        ),
    ]
