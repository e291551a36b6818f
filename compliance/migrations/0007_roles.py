import django.db.models.deletion
from django.db import migrations, models

# Names as of now; what each may comes with the table in the code, at the end of every migrate.
ROLES = ("Marketing admin", "Analyst", "Compliance officer", "Integration", "Operator")


def make_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    group.objects.bulk_create([group(name=name) for name in ROLES], ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('compliance', '0006_job_attempts'),
    ]

    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
        migrations.AddField(
            model_name='apikey',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='auth.group'),
        ),
        migrations.CreateModel(
            name='MetricDenial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=100)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.group')),
            ],
            options={
                'db_table': 'metric_denial',
                'constraints': [models.UniqueConstraint(fields=('group', 'metric'), name='one_denial_of_a_metric')],
            },
        ),
    ]
