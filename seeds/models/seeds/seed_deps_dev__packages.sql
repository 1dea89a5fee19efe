MODEL (
  name oso.seed_deps_dev__packages,
  description 'Packages and the repositories they are published from, as listed by deps.dev',
  kind SEED (
    path '../../seeds/deps_dev__packages.csv'
  ),
  owner 'data-directory',
  grain (system, name),
  columns (
    system VARCHAR,
    name VARCHAR,
    version VARCHAR,
    project_name VARCHAR,
    project_type VARCHAR,
    snapshot_at VARCHAR
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=artifact'
  )
);
