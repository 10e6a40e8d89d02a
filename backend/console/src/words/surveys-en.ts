import { plural } from "./plural";

export const surveys = {
  title: "Surveys",
  question: "What do people say when they are asked, and how many of them answer?",
  period: "Last 90 days; the latest answer of each person counts.",
  empty: "No survey asks anything yet",
  how: 'A rule of `"kind": "survey"` with `"questions": [{"scale": "nps"}]` asks one question on the card in the corner.',
  scale: {
    nps: "Net Promoter Score",
    csat: "satisfied (4 or 5 of 5)",
    ces: "mean ease, 1 to 7",
    text: "answers in words",
  } as Record<string, string>,
  range: (low: string, high: string) => `95% interval: ${low} to ${high}`,
  few: (n: string, least: string) => `${n} of the ${least} answers that a score needs`,
  answers: "answers",
  rate: "answered of those who saw it",
  unasked: "Nobody has seen it in the app.",
  nobody: "Nobody has been asked yet; the score will stand here.",
  accounts: "by account: each counts once",
  ofAccounts: (n: number, shown: string) =>
    `${shown} ${plural("en", n, { one: "account", other: "accounts" })}`,
  easy: "found it easy (5 to 7)",
  distribution: "Answers by score",
  counted: "Answers",
  score: "Score",
  weeks: "By week",
  week: "Week of",
  comments: (n: number, shown: string) =>
    `${shown} ${plural("en", n, { one: "comment", other: "comments" })}`,
  none: "No comments, at the moment.",
  gone: "This survey is not here any more",
  before: (events: string) => `just before: ${events}`,
};

export type SurveyWords = typeof surveys;
