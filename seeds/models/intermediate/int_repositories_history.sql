MODEL (
  name oso.int_repositories_history,
  description 'What was known of a repository, and from when until when',
  kind SCD_TYPE_2_BY_TIME (
    unique_key id,
    updated_at_name updated_at
  ),
  cron '@weekly',
  owner 'data-directory',
  grain (id, valid_from),
  tags (
    'model_type=scd',
    'model_stage=intermediate',
    'entity_category=artifact'
  ),
  audits (
    not_null(columns := (id, valid_from))
  )
);

SELECT
  id::BIGINT AS id,
  owner::VARCHAR AS owner,
  name::VARCHAR AS name,
  url::VARCHAR AS url,
  star_count::BIGINT AS star_count,
  fork_count::BIGINT AS fork_count,
  language::VARCHAR AS language,
  license_spdx_id::VARCHAR AS license_spdx_id,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at
FROM oso.stg_ossd__current_repositories
