MODEL (
  name oso.int_event_types,
  description 'What an event of GitHub is called here; inlined into the models that read it',
  kind EMBEDDED,
  owner 'data-github',
  grain (source_type),
  tags (
    'github',
    'model_type=embedded',
    'model_stage=intermediate',
    'entity_category=event'
  )
);

SELECT
  source_type::VARCHAR AS source_type,
  event_type::VARCHAR AS event_type
FROM (
  VALUES
    ('PushEvent', 'COMMIT_CODE'),
    ('PullRequestEvent', 'PULL_REQUEST'),
    ('IssuesEvent', 'ISSUE'),
    ('WatchEvent', 'STARRED'),
    ('ForkEvent', 'FORKED')
) AS event_types(source_type, event_type)
