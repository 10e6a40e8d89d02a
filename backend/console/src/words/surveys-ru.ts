import { plural } from "./plural";
import type { SurveyWords } from "./surveys-en";

export const surveys: SurveyWords = {
  title: "Опросы",
  question: "Что говорят люди, когда их спрашивают, и многие ли отвечают?",
  period: "Последние 90 дней; считается последний ответ каждого.",
  empty: "Опросов с вопросом пока нет",
  how: 'Правило `"kind": "survey"` с `"questions": [{"scale": "nps"}]` задаёт один вопрос на карточке в углу.',
  scale: {
    nps: "индекс лояльности NPS",
    csat: "довольны (4 или 5 из 5)",
    ces: "средняя лёгкость, от 1 до 7",
    text: "ответы словами",
  },
  range: (low, high) => `95-процентный интервал: от ${low} до ${high}`,
  few: (n, least) => `ответов ${n}, для оценки нужно ${least}`,
  answers: "ответы",
  rate: "ответили из тех, кто видел",
  unasked: "В приложении его никто не видел.",
  nobody: "Пока никого не спрашивали; оценка появится здесь.",
  accounts: "по клиентам: каждый считается один раз",
  ofAccounts: (n, shown) =>
    `${shown} ${plural("ru", n, { one: "клиент", few: "клиента", many: "клиентов", other: "клиента" })}`,
  easy: "сочли лёгким (от 5 до 7)",
  distribution: "Ответы по оценкам",
  counted: "Ответы",
  score: "Оценка",
  weeks: "По неделям",
  week: "Неделя с",
  comments: (n, shown) =>
    `${shown} ${plural("ru", n, { one: "комментарий", few: "комментария", many: "комментариев", other: "комментария" })}`,
  none: "Комментариев сейчас нет.",
  gone: "Этого опроса больше нет",
  before: (events) => `перед этим: ${events}`,
};
