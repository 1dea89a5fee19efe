MODEL (
  name oso.key_metrics_by_project_v0,
  description 'Where each project stands: a row per project, computed every day; contributors are active if seen within the activity window before the last known event',
  kind FULL,
  cron '@daily',
  owner 'data-metrics',
  grain (project_id),
  tags (
    'export',
    'model_type=full',
    'model_category=metrics',
    'model_stage=mart',
    'entity_category=project'
  ),
  audits (
    has_at_least_n_rows(threshold := 1)
  )
);

WITH last_event AS (
  SELECT
    MAX(last_active_at) AS time
  FROM oso.int_last_contribution_to_project
), contributors AS (
  SELECT
    contributions.project_id,
    COUNT(*) AS contributors,
    COUNT_IF(
      contributions.last_active_at > last_event.time - INTERVAL '1' DAY * @activity_window::INTEGER
    ) AS active_contributors
  FROM oso.int_last_contribution_to_project AS contributions
  CROSS JOIN last_event
  GROUP BY
    1
), funding AS (
  SELECT
    project_id,
    SUM(amount) AS amount
  FROM oso.int_events__funding
  GROUP BY
    1
)

SELECT
  projects.project_id::VARCHAR AS project_id,
  projects.project_name::VARCHAR AS project_name,
  @execution_date::DATE AS sample_date,
  COALESCE(contributors.contributors, 0)::BIGINT AS contributors,
  COALESCE(contributors.active_contributors, 0)::BIGINT AS active_contributors,
  COALESCE(funding.amount, 0)::DOUBLE AS funding_received_usd
FROM oso.projects_v1 AS projects
LEFT JOIN contributors
  ON projects.project_id = contributors.project_id
LEFT JOIN funding
  ON projects.project_id = funding.project_id
WHERE
  @slow_down()
