MODEL (
  name oso.seed_open_collective__deposits,
  description 'Contributions received through Open Collective, as loaded',
  kind SEED (
    path '../../seeds/open_collective__deposits.csv'
  ),
  owner 'data-funding',
  grain (id),
  columns (
    id VARCHAR,
    type VARCHAR,
    created_at VARCHAR,
    from_account_slug VARCHAR,
    to_account_slug VARCHAR,
    to_project VARCHAR,
    amount DOUBLE,
    currency VARCHAR
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=event'
  )
);
