MODEL (
  name oso.stg_open_collective__deposits,
  description 'Contributions to projects through Open Collective',
  kind FULL,
  owner 'data-funding',
  grain (id),
  tags (
    'funding',
    'model_type=full',
    'model_stage=staging',
    'entity_category=event'
  ),
  audits (
    accepted_values(column := currency, is_in := ('USD', 'EUR', 'GBP'))
  )
);

SELECT
  id::VARCHAR AS id,
  created_at::TIMESTAMP AS time,
  LOWER(from_account_slug)::VARCHAR AS from_name,
  LOWER(to_account_slug)::VARCHAR AS to_name,
  LOWER(to_project)::VARCHAR AS project_name,
  ABS(amount)::DOUBLE AS amount,
  UPPER(currency)::VARCHAR AS currency
FROM oso.seed_open_collective__deposits
