"""A kind of its own, as projects have them: the first batch of a history replaces the table, later ones are appended."""

from sqlmesh import CustomMaterialization


class Appended(CustomMaterialization):
    NAME = "appended"

    def insert(self, table_name, query_or_df, model, is_first_insert, render_kwargs, **kwargs):
        columns = model.columns_to_types
        if is_first_insert:
            self.adapter.replace_query(table_name, query_or_df, columns)
        else:
            self.adapter.insert_append(table_name, query_or_df, columns)
