# How fresh the results of an outbreak are, and how many reporting units stand behind a daily number.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0024_zone_steps_insert_only'),
    ]

    operations = [
        migrations.AddField(
            model_name='count',
            name='n_due',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='count',
            name='n_units',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Freshness',
            fields=[
                ('outbreak', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='store.outbreak')),
                ('news', models.PositiveBigIntegerField(default=0)),
                ('seen', models.PositiveBigIntegerField(default=0)),
                ('deep', models.PositiveBigIntegerField(default=0)),
                ('news_since', models.DateTimeField(blank=True, null=True)),
                ('news_last', models.DateTimeField(blank=True, null=True)),
                ('computed_at', models.DateTimeField(blank=True, null=True)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('claim', models.CharField(blank=True, default='', max_length=40)),
                ('failed_at', models.DateTimeField(blank=True, null=True)),
                ('n_failed', models.PositiveIntegerField(default=0)),
                ('fault', models.CharField(blank=True, default='', max_length=80)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('seen__lte', models.F('news'))), name='freshness_seen'), models.CheckConstraint(condition=models.Q(models.Q(('claim', ''), ('claimed_at__isnull', True)), models.Q(('claimed_at__isnull', False), models.Q(('claim', ''), _negated=True)), _connector='OR'), name='freshness_claim_paired')],
            },
        ),
    ]
