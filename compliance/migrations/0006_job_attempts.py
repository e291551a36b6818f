from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0005_kept_answers'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='jobrun',
            options={'permissions': [('run_job', 'Can start a job now')]},
        ),
        migrations.AddField(
            model_name='jobrun',
            name='attempt',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddIndex(
            model_name='jobrun',
            index=models.Index(condition=models.Q(('outcome__in', ('waiting', 'running'))), fields=['name'], name='job_run_going'),
        ),
    ]
