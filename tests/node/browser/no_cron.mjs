// The package has no ES build, and no page of these tests schedules anything.
export const CronExpressionParser = null;
