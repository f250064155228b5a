# Triggers with evidence, areas and history, what they teach, and the signed risk assessments they end in.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0015_reports_insert_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='AssessmentDissent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('name', models.CharField(blank=True, default='', max_length=150)),
                ('unit', models.CharField(blank=True, default='', max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='AssessmentSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('name', models.CharField(blank=True, default='', max_length=150)),
                ('unit', models.CharField(blank=True, default='', max_length=150)),
                ('author', models.CharField(max_length=150)),
                ('author_unit', models.CharField(blank=True, default='', max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='RiskAssessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('likelihood', models.CharField(max_length=24)),
                ('impact', models.CharField(max_length=24)),
                ('confidence', models.CharField(max_length=24)),
                ('matrix', models.CharField(max_length=24)),
                ('computed', models.CharField(max_length=24)),
                ('level', models.CharField(max_length=24)),
                ('override_reason', models.TextField(blank=True, default='')),
                ('grounds', models.TextField()),
                ('advice', models.TextField(blank=True, default='')),
                ('facts', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('signed_by', models.CharField(max_length=150)),
                ('signed_name', models.CharField(blank=True, default='', max_length=150)),
                ('signed_unit', models.CharField(blank=True, default='', max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='SignalOutcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stream', models.CharField(blank=True, default='', max_length=200)),
                ('is_true', models.BooleanField()),
                ('share', models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name='Trigger',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trigger_id', models.CharField(max_length=160)),
                ('engine_id', models.CharField(max_length=160)),
                ('kind', models.CharField(blank=True, default='', max_length=24)),
                ('level', models.CharField(blank=True, default='', max_length=24)),
                ('level_no', models.SmallIntegerField()),
                ('raised', models.DateField()),
                ('level_since', models.DateField()),
                ('until', models.DateField()),
                ('first_day', models.DateField()),
                ('began', models.DateField(blank=True, null=True)),
                ('began_from', models.DateField(blank=True, null=True)),
                ('began_to', models.DateField(blank=True, null=True)),
                ('areas', models.JSONField(default=list)),
                ('touched', models.JSONField(default=list)),
                ('event_types', models.JSONField(default=list)),
                ('score', models.FloatField(blank=True, null=True)),
                ('probability', models.FloatField(blank=True, null=True)),
                ('p', models.FloatField(blank=True, null=True)),
                ('false_alarms_per_month', models.FloatField(blank=True, null=True)),
                ('alarm_ids', models.JSONField(default=list)),
                ('rule_ids', models.JSONField(default=list)),
                ('verify_within_h', models.FloatField(blank=True, null=True)),
                ('verify_rule', models.CharField(blank=True, default='', max_length=400)),
                ('who_zh', models.TextField(blank=True, default='')),
                ('who_en', models.TextField(blank=True, default='')),
                ('why_zh', models.TextField(blank=True, default='')),
                ('why_en', models.TextField(blank=True, default='')),
                ('false_if', models.JSONField(default=list)),
                ('is_current', models.BooleanField(default=True)),
                ('found_at', models.DateTimeField()),
                ('verify_due_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(default='new', max_length=12)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('seen_by', models.CharField(blank=True, default='', max_length=150)),
                ('assigned_to', models.CharField(blank=True, default='', max_length=150)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                ('reason', models.TextField(blank=True, default='')),
                ('observe_until', models.DateField(blank=True, null=True)),
                ('silent_until', models.DateField(blank=True, null=True)),
                ('assessed', models.CharField(blank=True, default='', max_length=24)),
                ('assessed_level', models.CharField(blank=True, default='', max_length=24)),
                ('version', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='TriggerArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area_code', models.CharField(max_length=160)),
                ('is_clearest', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='TriggerEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField()),
                ('stream', models.CharField(blank=True, default='', max_length=200)),
                ('name_zh', models.CharField(blank=True, default='', max_length=200)),
                ('name_en', models.CharField(blank=True, default='', max_length=200)),
                ('subject', models.CharField(blank=True, default='', max_length=24)),
                ('areas', models.JSONField(default=list)),
                ('first_day', models.DateField(blank=True, null=True)),
                ('last_day', models.DateField(blank=True, null=True)),
                ('observed', models.FloatField()),
                ('expected', models.FloatField()),
                ('p', models.FloatField(blank=True, null=True)),
                ('weight', models.FloatField()),
                ('rate_without', models.FloatField(blank=True, null=True)),
                ('n_areas', models.IntegerField(default=0)),
                ('n_areas_high', models.IntegerField(default=0)),
                ('state', models.CharField(blank=True, default='', max_length=24)),
                ('note_zh', models.TextField(blank=True, default='')),
                ('note_en', models.TextField(blank=True, default='')),
                ('points', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='TriggerStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(blank=True, default='', max_length=150)),
                ('what', models.CharField(max_length=24)),
                ('reason', models.TextField(blank=True, default='')),
                ('detail', models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name='signal',
            name='trigger_id',
            field=models.CharField(blank=True, default='', max_length=160),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(fields=['outbreak', 'trigger_id'], name='signal_trigger'),
        ),
        migrations.AddField(
            model_name='assessmentsignature',
            name='assessment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='countersignature', to='store.riskassessment'),
        ),
        migrations.AddField(
            model_name='assessmentdissent',
            name='assessment',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='dissents', to='store.riskassessment'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='dossier',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='store.outbreak'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='outbreak',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.outbreak'),
        ),
        migrations.AddField(
            model_name='signaloutcome',
            name='trigger',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='outcomes', to='store.trigger'),
        ),
        migrations.AddField(
            model_name='riskassessment',
            name='trigger',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='store.trigger'),
        ),
        migrations.AddField(
            model_name='triggerarea',
            name='trigger',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='store.trigger'),
        ),
        migrations.AddField(
            model_name='triggerevidence',
            name='trigger',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='store.trigger'),
        ),
        migrations.AddField(
            model_name='triggerstep',
            name='trigger',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='store.trigger'),
        ),
        migrations.AddConstraint(
            model_name='assessmentsignature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('by', models.F('author')), _negated=True), models.Q(('unit', models.F('author_unit')), _negated=True)), name='assessment_two_people'),
        ),
        migrations.AddIndex(
            model_name='assessmentdissent',
            index=models.Index(fields=['assessment', 'id'], name='assessment_dissent'),
        ),
        migrations.AddIndex(
            model_name='trigger',
            index=models.Index(fields=['outbreak', 'level_no', 'raised', 'id'], name='trigger_gravest'),
        ),
        migrations.AddIndex(
            model_name='trigger',
            index=models.Index(fields=['outbreak', 'state', 'id'], name='trigger_state_id'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.UniqueConstraint(fields=('outbreak', 'trigger_id'), name='trigger_once'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('new', 'observing', 'verified', 'discarded', 'escalated'))), name='trigger_state'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['very_low', 'low', 'medium', 'high'])), name='trigger_level'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seen_at__isnull', True), ('seen_by', '')), models.Q(('seen_at__isnull', False), models.Q(('seen_by', ''), _negated=True)), _connector='OR'), name='trigger_seen_paired'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by', ''), ('state', 'new')), models.Q(models.Q(('state', 'new'), _negated=True), ('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='trigger_decided_paired'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('observe_until__isnull', False), ('state', 'observing')), models.Q(models.Q(('state', 'observing'), _negated=True), ('observe_until__isnull', True)), _connector='OR'), name='trigger_observe_paired'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['discarded', 'escalated']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='trigger_reason'),
        ),
        migrations.AddConstraint(
            model_name='signaloutcome',
            constraint=models.UniqueConstraint(fields=('trigger', 'stream'), name='signal_outcome_once'),
        ),
        migrations.AddConstraint(
            model_name='signaloutcome',
            constraint=models.CheckConstraint(condition=models.Q(('share__gt', 0), ('share__lte', 1)), name='signal_outcome_share'),
        ),
        migrations.AddConstraint(
            model_name='riskassessment',
            constraint=models.UniqueConstraint(fields=('trigger', 'version'), name='risk_assessment_once'),
        ),
        migrations.AddConstraint(
            model_name='riskassessment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level', models.F('computed')), ('override_reason', '')), models.Q(models.Q(('level', models.F('computed')), _negated=True), models.Q(('override_reason', ''), _negated=True)), _connector='OR'), name='risk_assessment_override'),
        ),
        migrations.AddConstraint(
            model_name='riskassessment',
            constraint=models.CheckConstraint(condition=models.Q(('grounds', ''), _negated=True), name='risk_assessment_grounds'),
        ),
        migrations.AddIndex(
            model_name='triggerarea',
            index=models.Index(fields=['area_code', 'trigger'], name='trigger_area'),
        ),
        migrations.AddConstraint(
            model_name='triggerarea',
            constraint=models.UniqueConstraint(fields=('trigger', 'area_code'), name='trigger_area_once'),
        ),
        migrations.AddConstraint(
            model_name='triggerevidence',
            constraint=models.UniqueConstraint(fields=('trigger', 'rank'), name='trigger_evidence_once'),
        ),
        migrations.AddIndex(
            model_name='triggerstep',
            index=models.Index(fields=['trigger', 'id'], name='trigger_step'),
        ),
    ]
