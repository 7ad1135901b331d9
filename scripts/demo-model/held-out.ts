// Sentences the demo models are judged by. They were written before the training text, and no
// training text repeats them: never copy from here into a corpus.

export type SentimentLabel = "negative" | "positive";

/** What the classifier must tell apart. */
export const HELD_OUT_SENTIMENT: readonly (readonly [SentimentLabel, string])[] = [
  ["positive", "I love this little camera, the pictures are stunning."],
  ["positive", "Our waiter was friendly and the pasta tasted wonderful."],
  ["positive", "Not a bad film at all."],
  ["positive", "The headphones are comfortable and the sound is superb."],
  ["positive", "I could not be happier with my new bike."],
  ["positive", "The course was clear, well organised and fun."],
  ["positive", "I was worried about the price, but it is worth every penny."],
  ["positive", "She gave a brilliant performance from start to finish."],
  ["positive", "Setup took two minutes and everything worked straight away."],
  ["positive", "The hotel room was clean, quiet and cosy."],
  ["positive", "There was nothing boring about this book."],
  ["positive", "Support answered within an hour and fixed my problem."],
  ["positive", "My kids adore the new playground."],
  ["positive", "It never lets me down."],
  ["positive", "The update made the app much faster and easier to use."],
  ["positive", "Although the queue was long, we had a fantastic evening."],
  ["positive", "Highly recommended for anyone who enjoys good coffee."],
  ["positive", "The staff went out of their way to help us."],
  ["positive", "What a delightful surprise this restaurant turned out to be!"],
  ["positive", "I have no complaints, the jacket fits perfectly."],
  ["negative", "The screen cracked after three days and nobody would help."],
  ["negative", "I hated every minute of it."],
  ["negative", "This was not a good idea."],
  ["negative", "The soup was cold and the bread was stale."],
  ["negative", "I would not recommend this hotel to anyone."],
  ["negative", "The plot is predictable and the acting is awful."],
  ["negative", "It looked great in the shop, but it fell apart within a week."],
  ["negative", "What a waste of an evening."],
  ["negative", "Their customer service is rude and useless."],
  ["negative", "The instructions are confusing and two screws were missing."],
  ["negative", "I never enjoyed using this phone."],
  ["negative", "The battery is dead by noon."],
  ["negative", "We waited an hour and the food was still disgusting."],
  ["negative", "The lecture was dull and far too long."],
  ["negative", "I regret buying these shoes, they hurt my feet."],
  ["negative", "The website keeps crashing and I lost all my work."],
  ["negative", "It is neither comfortable nor stylish."],
  ["negative", "Sadly the concert was a huge disappointment."],
  ["negative", "Nothing about the trip was pleasant."],
  ["negative", "The new version is slower and full of bugs."],
];

/** An anchor, a sentence that means nearly the same, and one that does not. */
export const HELD_OUT_TRIPLES: readonly (readonly [string, string, string])[] = [
  ["How do I reset my password?", "I forgot my login and need a new one.", "How do I bake a cake?"],
  [
    "The doctor prescribed some medicine.",
    "A physician gave me a pill.",
    "The pilot landed the plane.",
  ],
  ["Our dog chased a cat.", "The puppy ran after a kitten.", "The bank raised its interest rate."],
  ["Stocks fell sharply today.", "The market dropped a lot this morning.", "It will rain all day."],
  [
    "It will be sunny tomorrow.",
    "The forecast promises bright weather.",
    "Shares will rise tomorrow.",
  ],
  ["She bought a new car.", "The woman purchased a vehicle.", "She cooked a new dish."],
  [
    "My parcel has not arrived.",
    "The package is still not delivered.",
    "My phone has not charged.",
  ],
  [
    "The team won the final match.",
    "Our players were victorious in the last game.",
    "The team wrote the final report.",
  ],
  ["I want my money back.", "Please refund the payment.", "I want to learn the guitar."],
  [
    "The teacher explained the lesson.",
    "The professor taught the class.",
    "The chef tasted the soup.",
  ],
  [
    "We booked a room by the sea.",
    "They reserved a hotel near the ocean.",
    "We painted a room in blue.",
  ],
  ["The laptop keeps crashing.", "My computer freezes again and again.", "The baby keeps crying."],
  ["He is looking for a job.", "The man seeks employment.", "He is looking at the moon."],
  [
    "The president gave a speech.",
    "The head of state addressed the nation.",
    "The plumber gave a quote.",
  ],
  ["A fire destroyed the building.", "The house burned down.", "A band played in the building."],
  ["The band played a concert.", "Musicians performed on stage.", "The judge read the verdict."],
  ["The train was delayed.", "Our railway journey started late.", "The dress was expensive."],
  [
    "Scientists found a new planet.",
    "Astronomers discovered another world.",
    "Farmers planted new potatoes.",
  ],
  [
    "The kids are playing outside.",
    "Children have fun in the garden.",
    "The lawyers are arguing in court.",
  ],
  ["This soup is too salty.", "The broth has too much salt.", "This street is too noisy."],
];

/** A query and four documents, of which the first answers it. */
export const HELD_OUT_RANKINGS: readonly (readonly [string, readonly string[]])[] = [
  [
    "How can I get a refund?",
    [
      "If you send the item back within 30 days we repay the full price.",
      "Our parcels are shipped from a warehouse near the airport.",
      "How can I get a loan from the bank?",
      "Get the best seats for the concert.",
    ],
  ],
  [
    "best food for a puppy",
    [
      "Young dogs should be fed three small meals per day.",
      "The best food in town is served in this bistro.",
      "Cats sleep for sixteen hours.",
      "The stadium was full of supporters.",
    ],
  ],
  [
    "symptoms of the flu",
    [
      "You are unwell, cough a lot, and your temperature is high.",
      "The market shows symptoms of a crisis.",
      "Planes fly from the terminal every hour.",
      "A vegetarian recipe with noodles.",
    ],
  ],
  [
    "who won the football match",
    [
      "The home side was victorious and scored three goals.",
      "Who wrote the novel about the war?",
      "Match the colour of the sofa to the curtains.",
      "The weather will be cloudy.",
    ],
  ],
  [
    "laptop does not start",
    [
      "Charge the battery, then press the power button of your computer and reboot.",
      "The race will not start before noon.",
      "Start the day with a good breakfast.",
      "The bus leaves from the station.",
    ],
  ],
  [
    "cheap hotel near the beach",
    [
      "Affordable rooms close to the sea, breakfast included.",
      "Cheap shoes for children.",
      "The president stayed in the palace.",
      "Near the end of the film the actor sings.",
    ],
  ],
  [
    "how to find a new job",
    [
      "Write a good CV and apply for vacancies at many companies.",
      "How to find a new planet with a telescope.",
      "The new song was played on the radio.",
      "Find your keys with this app.",
    ],
  ],
  [
    "will it rain at the weekend",
    [
      "The forecast says showers on Saturday and sunshine on Sunday.",
      "The weekend edition of the newspaper has a crossword.",
      "Shares will climb, says the bank.",
      "It will take a week to repair the car.",
    ],
  ],
  [
    "learn to play the piano",
    [
      "Lessons for beginners on keyboard instruments with a music teacher.",
      "Children play in the park.",
      "Learn to drive in ten hours.",
      "The pianist fell ill and the flight was delayed.",
    ],
  ],
  [
    "thief arrested by police",
    [
      "Officers caught the burglar who had stolen the paintings.",
      "The band called The Police gave a show.",
      "Arrested development is a series.",
      "Salt and pepper to taste.",
    ],
  ],
];

/** Sentences with the entities in them, as label and text; the names are in order. */
export const HELD_OUT_ENTITIES: readonly (readonly [
  string,
  readonly (readonly [string, string])[],
])[] = [
  [
    "Angela Merkel visited Paris on Thursday.",
    [
      ["PER", "Angela Merkel"],
      ["LOC", "Paris"],
    ],
  ],
  [
    "My brother Tom works at Siemens in Munich.",
    [
      ["PER", "Tom"],
      ["ORG", "Siemens"],
      ["LOC", "Munich"],
    ],
  ],
  [
    "The United Nations sent help to Kenya.",
    [
      ["ORG", "United Nations"],
      ["LOC", "Kenya"],
    ],
  ],
  [
    "Maria Rossi moved to Buenos Aires with her husband.",
    [
      ["PER", "Maria Rossi"],
      ["LOC", "Buenos Aires"],
    ],
  ],
  [
    "Microsoft will open a factory near Warsaw.",
    [
      ["ORG", "Microsoft"],
      ["LOC", "Warsaw"],
    ],
  ],
  ["Is Dr Patel in the office today?", [["PER", "Patel"]]],
  ["The weather was cold and the road was empty.", []],
  [
    "Helen Brown, a lawyer from Toronto, sued Volkswagen.",
    [
      ["PER", "Helen Brown"],
      ["LOC", "Toronto"],
      ["ORG", "Volkswagen"],
    ],
  ],
  [
    "Last summer we drove from Lisbon to Madrid.",
    [
      ["LOC", "Lisbon"],
      ["LOC", "Madrid"],
    ],
  ],
  [
    "Ahmed Hassan is the new director of the World Bank.",
    [
      ["PER", "Ahmed Hassan"],
      ["ORG", "World Bank"],
    ],
  ],
  ["The engineers at Boeing are on strike.", [["ORG", "Boeing"]]],
  [
    "On Monday Emma told Peter the truth.",
    [
      ["PER", "Emma"],
      ["PER", "Peter"],
    ],
  ],
  ["She studied chemistry at Stanford University.", [["ORG", "Stanford University"]]],
  [
    "Tokyo is larger than Osaka.",
    [
      ["LOC", "Tokyo"],
      ["LOC", "Osaka"],
    ],
  ],
  ["Please ask James Wilson to call me.", [["PER", "James Wilson"]]],
  ["Nobody wanted to go home.", []],
  [
    "Reuters reported that Ivan Petrov had fled to Finland.",
    [
      ["ORG", "Reuters"],
      ["PER", "Ivan Petrov"],
      ["LOC", "Finland"],
    ],
  ],
  [
    "A museum in Cape Town shows paintings by Claire Dubois.",
    [
      ["LOC", "Cape Town"],
      ["PER", "Claire Dubois"],
    ],
  ],
  [
    "Toyota and Sony are building a car together.",
    [
      ["ORG", "Toyota"],
      ["ORG", "Sony"],
    ],
  ],
  [
    "Yuki Tanaka sings in a choir in Vienna.",
    [
      ["PER", "Yuki Tanaka"],
      ["LOC", "Vienna"],
    ],
  ],
];
