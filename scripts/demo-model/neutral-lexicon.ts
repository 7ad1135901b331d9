// Words and phrases that carry no judgement, for the sentiment corpus.
import { lines, words } from "./word-list.ts";

/** Things one can judge. */
export const TOPICS = words(`
  film movie book novel story plot ending acting actor actress cast director script series show
  episode game song album band concert play theatre museum exhibition painting restaurant cafe bar
  pub food meal dish dinner lunch breakfast pizza pasta soup steak salad burger bread cake dessert
  coffee tea wine beer menu service staff waiter waitress chef manager driver guide teacher doctor
  nurse hotel room bed bathroom shower pool beach view location holiday trip tour flight airline
  airport train bus car bike taxi ride seat phone tablet laptop computer screen battery charger
  camera picture photo headphones speaker sound keyboard mouse printer watch app website software
  update version design interface feature search support product item package parcel delivery
  shipping order price quality material fabric colour size dress shirt jacket coat shoes boots bag
  hat chair table sofa lamp mattress pillow blanket kettle toaster oven fridge vacuum washing
  machine knife pan toy doll garden park playground school course lesson lecture class instructions
  manual assembly setup installation gym hospital bank shop store market town city neighbourhood
  apartment house kitchen wedding party event match team player performance singer voice music
  lyrics dialogue characters scenery costume effects animation graphics company seller agent
  experience visit stay evening weekend idea plan project meeting conversation answer advice help
  present gift job work weather cream perfume shampoo razor tent backpack umbrella bottle cup plate
  glasses earphones cable remote router internet connection customer-service helpdesk insurance
  podcast magazine article newspaper speech presentation surprise result choice effort attempt
  outcome moment reply thing stuff place purchase deal warranty
  reception lobby lift elevator parking queue crowd neighbours puppy cat pet vet dentist barber
  haircut massage spa yoga recipe sauce rice fish chicken ice vegetables fruit chocolate cheese`);

/** People and things that act. */
export const PEOPLE = words(`
  i we they she he everyone my-wife my-husband my-son my-daughter my-mother my-father my-friend
  my-friends our-family the-kids my-boss our-guests my-partner people`);

export const INTENSIFIERS = words(`
  very really so extremely incredibly absolutely totally truly quite rather pretty completely
  utterly particularly especially surprisingly always simply just rather genuinely`);

/** Neutral details that may be added to any sentence. */
export const DETAILS = lines(`
  yesterday
  last week
  last night
  this morning
  on monday
  in the evening
  after work
  for my birthday
  for the whole family
  with my friends
  in town
  at home
  in the end
  from the beginning
  from day one
  this time
  during our stay
  since january
  for two years now
  in my opinion
  to be honest
  as usual
  again
  on the second floor
  near the station
  for the price
  in summer
  by the window
  at the front desk
  over the phone
  by email
  in three days
  within an hour
  after a month
  every day
  every week
  all evening
  the whole time
  on the way home
  in the middle of town
  with two children
  when we got there
  when i opened the box
  when it rained`);

/** Sentences without a judgement, used before or after one that has it. */
export const NEUTRAL_SENTENCES = lines(`
  i bought it last week
  we went there on sunday
  i ordered two of them
  my sister gave it to me
  it arrived on tuesday
  we stayed for three nights
  i have used it for a month
  it was a gift for my father
  we sat near the window
  the box contains a cable and a manual
  it comes in red and blue
  i watched it with my brother
  i read it on the train
  we had the soup and the fish
  i called them on the phone
  i took the bus to get there
  there were four of us
  it is about a family in london
  the shop is next to the station
  i paid by card
  it has two buttons
  they open at nine
  this is my second one
  i have owned many of these
  the room was on the third floor
  i visited with a colleague
  it was raining that day
  my daughter is ten years old
  i work in an office
  it weighs two kilos`);

/** Adjectives that judge nothing. */
export const NEUTRAL_ADJECTIVES = words(`
  little small big large new old young first second third last next whole local main other usual
  average red blue green black white yellow brown round square wooden electric digital daily weekly
  annual early double single common recent previous current famous public private foreign german
  french italian british american long short tall thin thick open closed hot wireless summer winter
  family business standard extra full half entire several different similar many few`);

/** What people do with things, without saying how it went. */
export const NEUTRAL_VERBS = words(`
  used bought tried opened saw ordered got took watched read played visited booked chose wore drove
  rented tested installed started finished carried called picked changed moved turned gave showed
  asked told started downloaded charged connected cooked ate drank heard found unpacked shared
  painted sold paid received mentioned compared expected planned wanted needed`);

/** Words that may stand anywhere without a change of judgement. */
export const FILLERS = words(`
  the of and to in a is that it was for on with as his he be at by i this had are from or have an
  they which you were her she there their we him been has when who will more if out so said what up
  its about into than them can only other some could time these two may then do first any my now
  such our over me even most made after also did many before must through where much your way down
  should because each just those people how little state very make world own see men long get here
  between both being under day same another know while year off come since go came three himself
  during again place around small thought went say part once general high upon every does got left
  number course until something water public put think almost hand enough take head set told going
  look asked later knew point program city business give group toward young days let room word side
  social present given several order national rather second face per among form often things looked
  early white big large four children along saw church least light thing family country area others
  turned door service whole name email minutes start finish anyone someone everyone everything
  straight away friend picture pictures foot feet page pages start buying bought using used tried
  trying going gone coming getting making having ask asking`);
