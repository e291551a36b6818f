from django.db import migrations, models


class Migration(migrations.Migration):
    """What was unusual about looks at people."""

    dependencies = [("compliance", "0021_access_reviews")]
    operations = [
        migrations.CreateModel(
            name='AccessAlert',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('rule', models.CharField(max_length=30)),
                ('user_id', models.BigIntegerField(null=True)),
                ('username', models.CharField(max_length=150, verbose_name='who')),
                ('key_prefix', models.CharField(blank=True, default='', max_length=8, verbose_name='API key')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='to')),
                ('count', models.IntegerField()),
                ('usual', models.IntegerField(null=True)),
                ('contact_id', models.BigIntegerField(null=True, verbose_name='contact')),
                ('found_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_by', models.CharField(blank=True, default='', max_length=150)),
                ('note', models.TextField(blank=True, default='')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='mailed')),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True, default='', verbose_name='why it was not mailed')),
            ],
            options={
                'verbose_name': 'alert of unusual access',
                'verbose_name_plural': 'alerts of unusual access',
                'db_table': 'access_alert',
                'indexes': [models.Index(fields=['rule', 'user_id', '-ends_at'], name='access_alert_of'), models.Index(condition=models.Q(('acknowledged_at', None)), fields=['found_at'], name='access_alert_open'), models.Index(condition=models.Q(('sent_at', None)), fields=['found_at'], name='access_alert_unsent')],
            },
        ),
        migrations.CreateModel(
            name='AccessWatch',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('seen_until', models.DateTimeField()),
            ],
            options={
                'db_table': 'access_watch',
            },
        ),
    ]
