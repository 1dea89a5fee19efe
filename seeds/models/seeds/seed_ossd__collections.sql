MODEL (
  name oso.seed_ossd__collections,
  description 'Collections of OSS Directory with the projects they list, as loaded',
  kind SEED (
    path '../../seeds/ossd__collections.csv'
  ),
  owner 'data-directory',
  grain (name),
  columns (
    name VARCHAR,
    display_name VARCHAR,
    description VARCHAR,
    projects VARCHAR,
    committed_time VARCHAR
  ),
  tags (
    'model_type=seed',
    'model_stage=source',
    'entity_category=collection'
  )
);
