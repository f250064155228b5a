# Daily counts and fever patients: units, what they owe, their keys, reports as revisions, and their role.

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0013_evidence_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stream', models.CharField(max_length=200)),
                ('area_code', models.CharField(max_length=160)),
                ('date', models.DateField()),
                ('revision', models.PositiveIntegerField()),
                ('count', models.FloatField(blank=True, null=True)),
                ('denominator', models.FloatField(blank=True, null=True)),
                ('via', models.CharField(max_length=8)),
                ('received_at', models.DateTimeField()),
                ('received_by', models.CharField(blank=True, default='', max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='FeverReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=128)),
                ('number', models.CharField(max_length=24)),
                ('area_code', models.CharField(max_length=160)),
                ('day', models.DateField()),
                ('seen_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('report_due_at', models.DateTimeField()),
                ('result_due_at', models.DateTimeField()),
                ('rule_id', models.CharField(blank=True, default='', max_length=200)),
                ('edition', models.CharField(blank=True, default='', max_length=120)),
                ('reported_by', models.CharField(max_length=150)),
                ('age_band', models.CharField(max_length=8)),
                ('sex', models.CharField(blank=True, default='', max_length=24)),
                ('temperature_c', models.FloatField(blank=True, null=True)),
                ('symptoms', models.JSONField(default=list)),
                ('flags', models.JSONField(default=list)),
                ('sampled_at', models.DateTimeField(blank=True, null=True)),
                ('result', models.CharField(default='none', max_length=12)),
                ('result_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(default='open', max_length=12)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, default='', max_length=150)),
                ('keep_until', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='OwedStream',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stream', models.CharField(max_length=40)),
                ('cadence', models.CharField(max_length=12)),
                ('due_min', models.PositiveIntegerField()),
                ('has_total', models.BooleanField(default=False)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReportBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=128)),
                ('body_hash', models.CharField(max_length=64)),
                ('via', models.CharField(max_length=8)),
                ('received_at', models.DateTimeField()),
                ('received_by', models.CharField(blank=True, default='', max_length=150)),
                ('skew_s', models.BigIntegerField(blank=True, null=True)),
                ('n_rows', models.IntegerField(default=0)),
                ('n_new', models.IntegerField(default=0)),
                ('n_corrected', models.IntegerField(default=0)),
                ('n_same', models.IntegerField(default=0)),
                ('n_late', models.IntegerField(default=0)),
                ('n_rejected', models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ReportingUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('kind', models.CharField(max_length=24)),
                ('area_code', models.CharField(max_length=160)),
                ('active_from', models.DateField()),
                ('active_to', models.DateField(blank=True, null=True)),
                ('source', models.CharField(blank=True, default='', max_length=200)),
                ('legal_basis', models.CharField(blank=True, default='', max_length=200)),
                ('purpose', models.CharField(blank=True, default='', max_length=24)),
                ('expires', models.DateField(blank=True, null=True)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.CharField(blank=True, default='', max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='ReportRowFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField()),
                ('field', models.CharField(blank=True, default='', max_length=40)),
                ('code', models.CharField(max_length=24)),
                ('found_zh', models.CharField(blank=True, default='', max_length=400)),
                ('found_en', models.CharField(blank=True, default='', max_length=400)),
                ('allowed_zh', models.CharField(blank=True, default='', max_length=400)),
                ('allowed_en', models.CharField(blank=True, default='', max_length=400)),
            ],
        ),
        migrations.CreateModel(
            name='ReportToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.CharField(blank=True, default='', max_length=150)),
                ('ends_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_by', models.CharField(blank=True, default='', max_length=150)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='user',
            name='user_role',
        ),
        migrations.AddField(
            model_name='outbreak',
            name='kind',
            field=models.CharField(default='outbreak', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='outbreak',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['outbreak', 'routine'])), name='outbreak_kind'),
        ),
        migrations.AddConstraint(
            model_name='outbreak',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'routine')), fields=('kind',), name='outbreak_one_routine'),
        ),
        migrations.AddField(
            model_name='countreport',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.reportbatch'),
        ),
        migrations.AddIndex(
            model_name='reportingunit',
            index=models.Index(fields=['area_code'], name='reporting_unit_area'),
        ),
        migrations.AddConstraint(
            model_name='reportingunit',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'file'), models.Q(('expires__isnull', False), models.Q(('source', ''), _negated=True), models.Q(('legal_basis', ''), _negated=True), models.Q(('purpose', ''), _negated=True)), _connector='OR'), name='reporting_unit_contract'),
        ),
        migrations.AddConstraint(
            model_name='reportingunit',
            constraint=models.CheckConstraint(condition=models.Q(('active_to__isnull', True), ('active_to__gte', models.F('active_from')), _connector='OR'), name='reporting_unit_dates'),
        ),
        migrations.AddConstraint(
            model_name='reportingunit',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'file')), fields=('kind',), name='reporting_unit_one_file'),
        ),
        migrations.AddField(
            model_name='reportbatch',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.reportingunit'),
        ),
        migrations.AddField(
            model_name='owedstream',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='owed', to='store.reportingunit'),
        ),
        migrations.AddField(
            model_name='feverreport',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.reportingunit'),
        ),
        migrations.AddField(
            model_name='countreport',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.reportingunit'),
        ),
        migrations.AddField(
            model_name='user',
            name='reporting_unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.reportingunit'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['epidemiologist', 'commander', 'grid_worker', 'supervisor', 'reporter'])), name='user_role'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reporting_unit__isnull', False), ('role', 'reporter')), models.Q(models.Q(('role', 'reporter'), _negated=True), ('reporting_unit__isnull', True)), _connector='OR'), name='user_reporter_of_a_unit'),
        ),
        migrations.AddField(
            model_name='reportrowfault',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='store.reportbatch'),
        ),
        migrations.AddField(
            model_name='reporttoken',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='store.reportingunit'),
        ),
        migrations.AddIndex(
            model_name='reportbatch',
            index=models.Index(fields=['unit', 'received_at'], name='report_batch_when'),
        ),
        migrations.AddConstraint(
            model_name='reportbatch',
            constraint=models.UniqueConstraint(fields=('unit', 'key'), name='report_batch_once'),
        ),
        migrations.AddConstraint(
            model_name='reportbatch',
            constraint=models.CheckConstraint(condition=models.Q(('via__in', ['api', 'form', 'file'])), name='report_batch_via'),
        ),
        migrations.AddConstraint(
            model_name='reportbatch',
            constraint=models.CheckConstraint(condition=models.Q(('n_rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('n_new'), '+', models.F('n_corrected')), '+', models.F('n_same')), '+', models.F('n_rejected')))), name='report_batch_sum'),
        ),
        migrations.AddConstraint(
            model_name='owedstream',
            constraint=models.UniqueConstraint(fields=('unit', 'stream', 'since'), name='owed_stream_once'),
        ),
        migrations.AddConstraint(
            model_name='owedstream',
            constraint=models.CheckConstraint(condition=models.Q(('cadence__in', ['daily', 'weekdays', 'weekly'])), name='owed_stream_cadence'),
        ),
        migrations.AddConstraint(
            model_name='owedstream',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='owed_stream_dates'),
        ),
        migrations.AddIndex(
            model_name='feverreport',
            index=models.Index(fields=['state', 'seen_at'], name='fever_report_open'),
        ),
        migrations.AddIndex(
            model_name='feverreport',
            index=models.Index(fields=['unit', 'day'], name='fever_report_day'),
        ),
        migrations.AddConstraint(
            model_name='feverreport',
            constraint=models.UniqueConstraint(fields=('unit', 'key'), name='fever_report_once'),
        ),
        migrations.AddConstraint(
            model_name='feverreport',
            constraint=models.UniqueConstraint(fields=('unit', 'number'), name='fever_report_number'),
        ),
        migrations.AddConstraint(
            model_name='feverreport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'closed', 'withdrawn'])), name='fever_report_state'),
        ),
        migrations.AddConstraint(
            model_name='feverreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('result', 'none'), ('result_at__isnull', True), ('sampled_at__isnull', True)), models.Q(('result', 'pending'), ('result_at__isnull', True), ('sampled_at__isnull', False)), models.Q(('result__in', ['negative', 'positive']), ('result_at__isnull', False), ('sampled_at__isnull', False)), _connector='OR'), name='fever_report_result'),
        ),
        migrations.AddConstraint(
            model_name='feverreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by', ''), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('closed_at__isnull', False), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='fever_report_closed_paired'),
        ),
        migrations.AddIndex(
            model_name='countreport',
            index=models.Index(fields=['date', 'stream', 'area_code'], name='count_report_sum'),
        ),
        migrations.AddConstraint(
            model_name='countreport',
            constraint=models.UniqueConstraint(fields=('unit', 'stream', 'area_code', 'date', 'revision'), name='count_report_once'),
        ),
        migrations.AddConstraint(
            model_name='countreport',
            constraint=models.CheckConstraint(condition=models.Q(('via__in', ['api', 'form', 'file', 'fever'])), name='count_report_via'),
        ),
        migrations.AddConstraint(
            model_name='countreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('count__isnull', True), ('count__gte', 0), _connector='OR'), models.Q(('denominator__isnull', True), ('denominator__gte', 0), _connector='OR')), name='count_report_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='countreport',
            constraint=models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='count_report_revision'),
        ),
        migrations.AddConstraint(
            model_name='reporttoken',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('made_at'))), name='report_token_order'),
        ),
        migrations.AddConstraint(
            model_name='reporttoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_by', ''), _negated=True)), _connector='OR'), name='report_token_revoked_paired'),
        ),
    ]
