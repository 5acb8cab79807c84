from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rollbook", "0017_change_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="chapterprogress",
            name="last_operation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=models.DO_NOTHING,
                related_name="+",
                to="rollbook.operationrecord",
            ),
        ),
        migrations.RunSQL(
            "UPDATE rollbook_chapter_progress p SET last_operation_id = c.operation_id FROM "
            "(SELECT DISTINCT ON (row_id) row_id, operation_id FROM rollbook_change "
            "WHERE \"table\" = 'rollbook_chapter_progress' ORDER BY row_id, id DESC) c WHERE c.row_id = p.id",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveIndex(model_name="change", name="change_row"),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("table", "rollbook_chapter_progress"), _negated=True),
                fields=["row_id", "id"],
                name="change_row",
            ),
        ),
    ]
