/** What a new visitor finds: two customers, four people who can be "you". Texts are [English, Russian]. */
export const PEOPLE = [
  { id: "ann", name: "Ann Keller", email: "ann@acme.example", role: "admin", account: "acme", hue: 265 },
  { id: "ivan", name: "Ivan Petrov", email: "ivan@acme.example", role: "member", account: "acme", hue: 20 },
  { id: "li", name: "Li Wei", email: "li@acme.example", role: "viewer", account: "acme", hue: 170 },
  { id: "maria", name: "Maria Costa", email: "maria@northwind.example", role: "admin", account: "northwind", hue: 335 },
];

const COLLEAGUES = [
  { id: "tom", name: "Tom Baker", email: "tom@acme.example", role: "member", account: "acme", hue: 210 },
  { id: "sofia", name: "Sofia Rossi", email: "sofia@acme.example", role: "manager", account: "acme", hue: 45 },
];

const card = (id, board, title, status, who, priority, due) => ({ id, board, title, status, who, priority, due });

const ACME_CARDS = [
  card(101, 1, ["Write the launch announcement", "Написать анонс запуска"], "doing", "ann", "high", 2),
  card(102, 1, ["Check prices on the landing page", "Проверить цены на лендинге"], "todo", "ivan", "normal", 4),
  card(103, 1, ["Record a two-minute walkthrough", "Записать двухминутный обзор"], "todo", "tom", "normal", 6),
  card(104, 1, ["Prepare answers for support", "Подготовить ответы для поддержки"], "review", "sofia", "normal", 1),
  card(105, 1, ["Agree the discount for early customers", "Согласовать скидку для первых клиентов"], "doing", "ivan", "high", -1),
  card(106, 1, ["Translate the welcome letter", "Перевести приветственное письмо"], "done", "tom", "low", -3),
  card(107, 1, ["Collect quotes from the pilot group", "Собрать отзывы пилотной группы"], "todo", "ann", "low", 9),
  card(108, 1, ["Load test of the sign-up page", "Нагрузочный тест страницы регистрации"], "review", "ivan", "high", 0),
  card(109, 1, ["Update the pricing table", "Обновить таблицу тарифов"], "done", "sofia", "normal", -5),
  card(110, 1, ["Invite the press list", "Разослать приглашения прессе"], "todo", "ivan", "normal", 5),
  card(121, 2, ["Move the blog to the new theme", "Перенести блог на новую тему"], "doing", "tom", "normal", 3),
  card(122, 2, ["Compress images above the fold", "Сжать изображения первого экрана"], "todo", "ivan", "low", 7),
  card(123, 2, ["Fix broken links in the docs", "Исправить битые ссылки в справке"], "review", "ann", "high", 1),
  card(124, 2, ["Cookie notice for the EU", "Уведомление о cookie для ЕС"], "done", "sofia", "normal", -8),
];

const NORTHWIND_CARDS = [
  card(201, 3, ["Count pallets in hall B", "Пересчитать паллеты в зале Б"], "doing", "maria", "high", 1),
  card(202, 3, ["Order shelf labels", "Заказать этикетки для полок"], "todo", "maria", "normal", 3),
  card(203, 3, ["Book the lorry for Friday", "Заказать фуру на пятницу"], "todo", "maria", "high", 4),
  card(204, 3, ["Draw the new floor plan", "Нарисовать новый план зала"], "review", "maria", "normal", 2),
  card(205, 3, ["Cancel the old lease", "Расторгнуть старую аренду"], "done", "maria", "low", -2),
];

/** Ivan left this import half-way; the file is kept so that he can go on. */
const HALF_DONE_IMPORT = {
  id: "imp-ivan-1",
  person: "ivan",
  file: "partner-tasks.csv",
  rows: [
    ["Task", "Owner", "Deadline", "Urgency"],
    ["Send partner contracts", "Ivan Petrov", "2027-01-12", "high"],
    ["Collect logos", "Tom Baker", "2027-01-15", "normal"],
    ["Check the joint press release", "Sofia Rossi", "2027-01-19", "normal"],
    ["Book the demo room", "Ivan Petrov", "2027-01-20", "low"],
  ],
  mapping: { title: 0, who: 1 },
};

const DEFAULTS = { views: [], schedules: [], shared: [], imports: [], modules: [], settings: {} };

export const freshState = () => ({
  person: "ann",
  theme: "auto",
  layout: "columns",
  accounts: {
    acme: {
      ...structuredClone(DEFAULTS),
      id: "acme",
      name: "Acme",
      plan: "team",
      seats: 12,
      csm: "olga",
      entitlements: ["reports", "import"],
      boards: [
        { id: 1, name: ["Spring launch", "Весенний запуск"] },
        { id: 2, name: ["Website", "Сайт"] },
      ],
      cards: structuredClone(ACME_CARDS),
      members: structuredClone([...PEOPLE.filter((p) => p.account === "acme"), ...COLLEAGUES]),
      imports: [structuredClone(HALF_DONE_IMPORT)],
    },
    northwind: {
      ...structuredClone(DEFAULTS),
      id: "northwind",
      name: "Northwind",
      plan: "business",
      seats: 6,
      csm: "olga",
      entitlements: ["reports", "import", "planning"],
      boards: [{ id: 3, name: ["Warehouse move", "Переезд склада"] }],
      cards: structuredClone(NORTHWIND_CARDS),
      members: structuredClone(PEOPLE.filter((p) => p.account === "northwind")),
    },
  },
});
