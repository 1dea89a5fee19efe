MODEL (
  name oso.seed_ossd__projects,
  description 'Projects of OSS Directory, as loaded',
  kind SEED (
    path '../../seeds/ossd__projects.csv'
  ),
  owner 'data-directory',
  grain (name),
  columns (
    name VARCHAR,
    display_name VARCHAR,
    description VARCHAR,
    websites VARCHAR,
    github VARCHAR,
    committed_time VARCHAR
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=project'
  )
);
