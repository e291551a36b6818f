import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Quarters of looks at people, who signed them, and what is followed up."""

    dependencies = [("compliance", "0020_api_key_use")]
    operations = [
        migrations.CreateModel(
            name='AccessReview',
            fields=[
                ('name', models.CharField(max_length=7, primary_key=True, serialize=False, verbose_name='quarter')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(verbose_name='sign until')),
                ('signed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'review of accesses',
                'verbose_name_plural': 'reviews of accesses',
                'db_table': 'access_review',
                'permissions': [('sign_off', 'Can sign reviews of accesses, and note what is followed up')],
            },
        ),
        migrations.CreateModel(
            name='ReviewSignature',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('signed_by_id', models.BigIntegerField()),
                ('signed_by', models.CharField(max_length=150)),
                ('note', models.TextField()),
                ('fingerprint', models.CharField(max_length=79)),
                ('content', models.JSONField()),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signatures', to='compliance.accessreview')),
            ],
            options={
                'db_table': 'access_review_signature',
                'constraints': [models.UniqueConstraint(fields=('review', 'signed_by_id'), name='signed_once_by_each')],
            },
        ),
        migrations.CreateModel(
            name='ReviewFinding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('who', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=150)),
                ('text', models.TextField()),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.CharField(max_length=150)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, default='', max_length=150)),
                ('outcome', models.TextField(blank=True, default='')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='compliance.accessreview')),
            ],
            options={
                'db_table': 'access_review_finding',
                'indexes': [models.Index(fields=['review', 'who'], name='review_finding_of')],
            },
        ),
    ]
