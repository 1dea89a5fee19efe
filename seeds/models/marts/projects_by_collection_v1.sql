MODEL (
  name oso.projects_by_collection_v1,
  description 'Many-to-many table between projects and collections',
  kind VIEW,
  owner 'data-directory',
  grain (collection_id, project_id),
  tags (
    'export',
    'model_type=view',
    'model_category=directory',
    'model_stage=mart',
    'entity_category=collection',
    'entity_category=project'
  )
);

SELECT
  collection_id,
  collection_name,
  project_id,
  project_name
FROM oso.int_projects_by_collection
