# The order of a zone as a closed loop: states, steps, gates and declared exceptions.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0022_found_as'),
    ]

    operations = [
        migrations.CreateModel(
            name='ZoneException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, default='', max_length=24)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('unit_id', models.CharField(max_length=160)),
                ('measures', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='ZoneGate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit_inside', models.CharField(max_length=160)),
                ('unit_outside', models.CharField(blank=True, default='', max_length=160)),
                ('level', models.CharField(blank=True, default='', max_length=24)),
                ('area_code', models.CharField(blank=True, default='', max_length=160)),
                ('n_gates', models.BigIntegerField(blank=True, null=True)),
                ('assigned_to', models.CharField(blank=True, default='', max_length=150)),
                ('assigned_unit', models.CharField(blank=True, default='', max_length=150)),
                ('assigned_at', models.DateTimeField(blank=True, null=True)),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('accepted_by', models.CharField(blank=True, default='', max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name='ZoneStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(blank=True, default='', max_length=150)),
                ('unit', models.CharField(blank=True, default='', max_length=150)),
                ('what', models.CharField(max_length=24)),
                ('reason', models.TextField(blank=True, default='')),
                ('rule_id', models.CharField(blank=True, default='', max_length=400)),
                ('edition', models.CharField(blank=True, default='', max_length=120)),
                ('detail', models.JSONField(default=dict)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='zone',
            name='zone_state',
        ),
        migrations.RemoveConstraint(
            model_name='zone',
            name='zone_signed_state',
        ),
        migrations.AddField(
            model_name='zone',
            name='lift_reason',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='zone',
            name='lifted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='zone',
            name='lifted_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddField(
            model_name='zone',
            name='published_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='zone',
            name='published_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddField(
            model_name='zone',
            name='staffed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='zone',
            name='starts_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='zone',
            name='why_large',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='zone',
            name='why_no_case',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='zone',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='zone',
            name='withdrawn_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddConstraint(
            model_name='zone',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['computed', 'proposed', 'withdrawn', 'signed', 'published', 'staffed', 'lifted'])), name='zone_state'),
        ),
        migrations.AddConstraint(
            model_name='zone',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['signed', 'published', 'staffed', 'lifted']), _negated=True), ('signed_at__isnull', False), _connector='OR'), name='zone_signed_state'),
        ),
        migrations.AddConstraint(
            model_name='zone',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', True), ('published_by', '')), models.Q(('published_at__isnull', False), ('signed_at__isnull', False), models.Q(('published_by', ''), _negated=True)), _connector='OR'), name='zone_published_paired'),
        ),
        migrations.AddConstraint(
            model_name='zone',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by', '')), models.Q(('lifted_at__isnull', False), ('signed_at__isnull', False), models.Q(('lifted_by', ''), _negated=True)), _connector='OR'), name='zone_lifted_paired'),
        ),
        migrations.AddConstraint(
            model_name='zone',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('signed_at__isnull', True), ('signed_by', '')), _connector='OR'), name='zone_withdrawn_unsigned'),
        ),
        migrations.AddField(
            model_name='zoneexception',
            name='zone',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exceptions', to='store.zone'),
        ),
        migrations.AddField(
            model_name='zonegate',
            name='zone',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gates', to='store.zone'),
        ),
        migrations.AddField(
            model_name='zonestep',
            name='zone',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='store.zone'),
        ),
        migrations.AddConstraint(
            model_name='zoneexception',
            constraint=models.UniqueConstraint(fields=('zone', 'unit_id', 'name'), name='zone_exception_once'),
        ),
        migrations.AddConstraint(
            model_name='zoneexception',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('hospital', 'emergency', 'water', 'power', 'gas', 'heating', 'food_supply', 'pharmacy', 'care_home', 'other'))), name='zone_exception_kind'),
        ),
        migrations.AddConstraint(
            model_name='zonegate',
            constraint=models.UniqueConstraint(fields=('zone', 'unit_inside', 'unit_outside'), name='zone_gate_once'),
        ),
        migrations.AddConstraint(
            model_name='zonegate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', True), ('accepted_by', '')), models.Q(('accepted_at__isnull', False), ('accepted_by', models.F('assigned_to'))), _connector='OR'), name='zone_gate_accepted_paired'),
        ),
        migrations.AddIndex(
            model_name='zonestep',
            index=models.Index(fields=['zone', 'id'], name='zone_step'),
        ),
    ]
