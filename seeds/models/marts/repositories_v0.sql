MODEL (
  name oso.repositories_v0,
  description 'Repositories as they are now, with the project they belong to',
  kind VIEW,
  owner 'data-directory',
  grain (artifact_id, project_id),
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
  artifacts.artifact_id,
  artifacts.project_id,
  artifacts.artifact_namespace,
  artifacts.artifact_name,
  repositories.star_count,
  repositories.fork_count,
  repositories.language,
  repositories.license_spdx_id,
  repositories.updated_at
FROM oso.int_repositories_history AS repositories
INNER JOIN oso.artifacts_by_project_v1 AS artifacts
  ON CAST(repositories.id AS VARCHAR) = artifacts.artifact_source_id
WHERE
  repositories.valid_to IS NULL
