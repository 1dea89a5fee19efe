MODEL (
  name oso.stg_ossd__current_repositories,
  description 'The most recent view of the repositories of the projects in OSS Directory',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (id),
  tags (
    'model_type=full',
    'model_stage=staging',
    'entity_category=artifact'
  ),
  audits (
    unique_values(columns := (id))
  )
);

SELECT
  id::BIGINT AS id,
  LOWER(owner)::VARCHAR AS owner,
  LOWER(name)::VARCHAR AS name,
  LOWER(url)::VARCHAR AS url,
  star_count::BIGINT AS star_count,
  fork_count::BIGINT AS fork_count,
  language::VARCHAR AS language,
  license_spdx_id::VARCHAR AS license_spdx_id,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at
FROM oso.seed_ossd__repositories
WHERE
  NOT is_fork
