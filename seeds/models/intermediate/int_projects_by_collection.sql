MODEL (
  name oso.int_projects_by_collection,
  description 'Projects that a collection lists',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (collection_id, project_id),
  tags (
    'model_type=full',
    'model_stage=intermediate',
    'entity_category=collection',
    'entity_category=project'
  ),
  audits (
    not_null(columns := (collection_id, project_id))
  )
);

SELECT
  collections.collection_id::VARCHAR AS collection_id,
  collections.collection_source::VARCHAR AS collection_source,
  collections.collection_namespace::VARCHAR AS collection_namespace,
  collections.collection_name::VARCHAR AS collection_name,
  projects.project_id::VARCHAR AS project_id,
  projects.project_source::VARCHAR AS project_source,
  projects.project_namespace::VARCHAR AS project_namespace,
  projects.project_name::VARCHAR AS project_name
FROM oso.stg_ossd__current_collections AS collections
CROSS JOIN UNNEST(SPLIT(collections.projects, ';')) AS listed(project_name)
INNER JOIN oso.stg_ossd__current_projects AS projects
  ON projects.project_name = listed.project_name
