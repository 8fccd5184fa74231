from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_label_spans"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False),
        ),
    ]
