from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0004_audit_trail")]
    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ('fingerprint', models.BinaryField(max_length=16)),
                ('at', models.DateTimeField(db_index=True)),
                ('answer', models.BinaryField(null=True)),
            ],
            options={
                'db_table': 'kept_answer',
            },
        ),
    ]
