import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('analytics', '0009_inbox_failing_since'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleSetting',
            fields=[
                ('rule', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('thresholds', models.JSONField(blank=True, default=dict)),
                ('muted', models.BooleanField(default=False)),
                ('muted_because', models.TextField(blank=True, default='')),
                ('muted_by_itself', models.BooleanField(default=False, editable=False)),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'rule',
                'db_table': 'recommendation_rule',
            },
        ),
        migrations.CreateModel(
            name='Recommendation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=40)),
                ('rule_version', models.IntegerField()),
                ('action', models.CharField(max_length=40)),
                ('proposal', models.TextField()),
                ('score', models.FloatField()),
                ('base', models.FloatField()),
                ('adequacy', models.FloatField()),
                ('stability', models.FloatField()),
                ('evidence', models.JSONField()),
                ('expected', models.JSONField()),
                ('plan', models.JSONField()),
                ('settings', models.JSONField()),
                ('money', models.DecimalField(decimal_places=2, max_digits=20)),
                ('currency', models.CharField(max_length=3)),
                ('as_of', models.DateTimeField()),
                ('proposed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('snoozed', 'Snoozed'), ('accepted', 'Accepted'), ('implemented', 'Implemented'), ('measuring', 'Measuring'), ('dismissed', 'Dismissed'), ('expired', 'Expired'), ('better', 'Better'), ('no difference', 'No Difference'), ('worse', 'Worse'), ('cannot tell', 'Cannot Tell')], default='open', max_length=20)),
                ('version', models.IntegerField(default=1)),
                ('snoozed_until', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('implemented_on', models.DateField(null=True)),
                ('outcome', models.JSONField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='analytics.campaign')),
            ],
            options={
                'db_table': 'recommendation',
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decision', models.CharField(max_length=20)),
                ('reason', models.CharField(default='', max_length=40)),
                ('note', models.TextField(default='')),
                ('state_before', models.CharField(max_length=20)),
                ('state_after', models.CharField(max_length=20)),
                ('user_id', models.BigIntegerField(null=True)),
                ('username', models.CharField(max_length=150)),
                ('key_prefix', models.CharField(default='', max_length=8)),
                ('at', models.DateTimeField()),
                ('recommendation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='recommendations.recommendation')),
            ],
            options={
                'db_table': 'recommendation_decisions',
            },
        ),
        migrations.AddIndex(
            model_name='recommendation',
            index=models.Index(fields=['state', '-money', 'id'], name='recommendation_listed'),
        ),
        migrations.AddIndex(
            model_name='recommendation',
            index=models.Index(fields=['campaign', 'rule', '-proposed_at'], name='recommendation_of'),
        ),
        migrations.AddConstraint(
            model_name='recommendation',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('open', 'snoozed', 'accepted', 'implemented', 'measuring'))), fields=('rule', 'campaign'), name='recommendation_stands_once'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['recommendation', '-at'], name='recommendation_decided'),
        ),
    ]
