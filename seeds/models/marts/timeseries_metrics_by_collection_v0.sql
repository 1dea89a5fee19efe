MODEL (
  name oso.timeseries_metrics_by_collection_v0,
  description 'Metrics of collections over time: the sum over the projects of a collection in a month',
  kind VIEW,
  owner 'data-metrics',
  grain (metric_id, collection_id, sample_date),
  tags (
    'export',
    'model_type=view',
    'model_category=metrics',
    'model_stage=mart',
    'entity_category=collection',
    'entity_category=project'
  )
);

SELECT
  metrics.metric_id::VARCHAR AS metric_id,
  projects.collection_id::VARCHAR AS collection_id,
  metrics.sample_date::DATE AS sample_date,
  SUM(metrics.amount)::DOUBLE AS amount,
  metrics.unit::VARCHAR AS unit
FROM oso.timeseries_metrics_by_project_v0 AS metrics
INNER JOIN oso.projects_by_collection_v1 AS projects
  ON metrics.project_id = projects.project_id
GROUP BY
  1, 2, 3, 5
