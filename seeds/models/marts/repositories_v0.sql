MODEL (
  name oso.repositories_v0,
  description 'Repositories as they are now, with the project they belong to',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (artifact_id, project_id),
  tags (
    'export',
    'model_type=full',
    'model_category=directory',
    'model_stage=mart',
    'entity_category=artifact',
    'entity_category=project'
  ),
  audits (
    forall(criteria := (star_count >= 0, fork_count >= 0))
  )
);

SELECT
  artifacts.artifact_id::VARCHAR AS artifact_id,
  artifacts.project_id::VARCHAR AS project_id,
  artifacts.artifact_namespace::VARCHAR AS artifact_namespace,
  artifacts.artifact_name::VARCHAR AS artifact_name,
  repositories.star_count::BIGINT AS star_count,
  repositories.fork_count::BIGINT AS fork_count,
  repositories.language::VARCHAR AS language,
  repositories.license_spdx_id::VARCHAR AS license_spdx_id,
  repositories.updated_at::TIMESTAMP AS updated_at
FROM oso.int_repositories_history AS repositories
INNER JOIN oso.artifacts_by_project_v1 AS artifacts
  ON CAST(repositories.id AS VARCHAR) = artifacts.artifact_source_id
WHERE
  repositories.valid_to IS NULL
