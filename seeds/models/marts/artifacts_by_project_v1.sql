MODEL (
  name oso.artifacts_by_project_v1,
  description 'Many-to-many table between artifacts and projects',
  kind VIEW,
  owner 'data-directory',
  grain (project_id, artifact_id),
  tags (
    'export',
    'model_type=view',
    'model_category=directory',
    'model_stage=mart',
    'entity_category=artifact',
    'entity_category=project'
  )
);

SELECT
  artifact_id,
  artifact_source_id,
  artifact_source,
  artifact_namespace,
  artifact_name,
  artifact_url,
  artifact_type,
  project_id,
  project_name
FROM oso.int_artifacts_by_project
