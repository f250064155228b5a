# Day files become files of a store with batches, index segments and keys by number: the tables.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0009_chain_edge_share'),
    ]

    operations = [
        migrations.CreateModel(
            name='VisitLedger',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=40, unique=True)),
                ('tz', models.CharField(max_length=60)),
                ('next_person', models.BigIntegerField(default=0)),
                ('next_place', models.BigIntegerField(default=0)),
                ('retained_until', models.DateField(blank=True, null=True)),
                ('outbreak', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.outbreak')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('outbreak__isnull', True), ('scope', 'home')), models.Q(('outbreak__isnull', False), models.Q(('scope', 'home'), _negated=True)), _connector='OR'), name='visit_ledger_scope')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='visitbatch',
            name='visit_batch_table',
        ),
        migrations.RemoveIndex(
            model_name='visitbatch',
            name='visit_batch_day',
        ),
        # the index of this key keeps its name when its table is renamed, and the new table wants that name
        migrations.AlterField(
            model_name='visitbatch',
            name='import_batch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='store.importbatch'),
        ),
        migrations.RenameModel(
            old_name='VisitBatch',
            new_name='VisitFile',
        ),
        migrations.CreateModel(
            name='VisitBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch_id', models.CharField(max_length=160)),
                ('table', models.CharField(blank=True, default='', max_length=24)),
                ('state', models.CharField(default='live', max_length=12)),
                ('replaces', models.CharField(blank=True, default='', max_length=160)),
                ('n_rows', models.BigIntegerField(default=0)),
                ('contract', models.JSONField(default=dict)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.CharField(blank=True, default='', max_length=150)),
                ('import_batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='store.importbatch')),
                ('ledger', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.visitledger')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ledger', 'batch_id'), name='visit_batch_once'), models.CheckConstraint(condition=models.Q(('table__in', ['visits', 'positions'])), name='visit_batch_table'), models.CheckConstraint(condition=models.Q(('state__in', ['live', 'replaced', 'withdrawn'])), name='visit_batch_state')],
            },
        ),
        migrations.RenameField(
            model_name='visitfile',
            old_name='table',
            new_name='kind',
        ),
        migrations.AlterField(
            model_name='visitfile',
            name='day',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='visitfile',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.visitbatch'),
        ),
        migrations.AddField(
            model_name='visitfile',
            name='ledger',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.visitledger'),
        ),
        migrations.AddField(
            model_name='visitfile',
            name='first_s',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='visitfile',
            name='last_s',
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
