MODEL (
  name oso.stg_github__events,
  description 'Public events of GitHub, one month a batch',
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column created_at,
    batch_size 1,
    batch_concurrency 1
  ),
  start '2025-01-01',
  end '2025-06-30',
  cron '@monthly',
  owner 'data-github',
  grain (id),
  partitioned_by (MONTH(created_at)),
  tags (
    'github',
    'model_type=incremental',
    'model_stage=staging',
    'entity_category=event'
  ),
  audits (
    has_at_least_n_rows(threshold := 1)
  )
);

SELECT
  id::VARCHAR AS id,
  type::VARCHAR AS type,
  action::VARCHAR AS action,
  actor_id::BIGINT AS actor_id,
  LOWER(actor_login)::VARCHAR AS actor_login,
  repo_id::BIGINT AS repo_id,
  LOWER(repo_name)::VARCHAR AS repo_name,
  created_at::TIMESTAMP AS created_at
FROM oso.seed_github__events
WHERE
  created_at::TIMESTAMP BETWEEN @start_dt AND @end_dt AND @slow_down()
