MODEL (name lab.report, kind VIEW);

SELECT h.kind, h.n, t.note FROM lab.helper AS h JOIN lab.totals AS t ON t.kind = h.kind;
