// Words that carry a judgement, and words that carry none, for the sentiment corpus.

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** One phrase per line. */
const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim());

export const POSITIVE = {
  /** After "is", "was", "seems", or before a noun. */
  adjectives: words(`
    good great excellent amazing wonderful fantastic superb brilliant lovely beautiful perfect
    awesome outstanding terrific fabulous marvellous marvelous splendid delightful charming nice
    pleasant enjoyable entertaining funny hilarious exciting thrilling gripping moving touching
    heartwarming inspiring impressive remarkable exceptional extraordinary incredible magnificent
    gorgeous stunning elegant stylish cute adorable comfortable cosy cozy cheerful warm welcoming
    friendly kind helpful polite attentive courteous professional patient caring generous honest
    reliable dependable trustworthy solid sturdy durable robust strong safe secure fast quick
    prompt efficient responsive smooth easy simple intuitive convenient handy useful practical
    valuable affordable cheap fair reasonable clean spotless tidy fresh delicious tasty yummy
    scrumptious mouthwatering juicy crispy tender flavourful flavorful creamy bright clear crisp
    sharp vivid accurate precise quiet peaceful calm relaxing soothing refreshing spacious roomy
    light lightweight soft cool clever smart witty thoughtful insightful informative educational
    fascinating interesting engaging captivating absorbing memorable unforgettable original
    creative innovative modern polished refined flawless faultless immaculate satisfying rewarding
    worthwhile fun happy pleased satisfied delighted thrilled glad grateful thankful impressed
    excited proud joyful content ideal superior better best favourite favorite top first-class
    phenomenal sublime exquisite divine heavenly magical enchanting uplifting positive successful
    stable flexible versatile powerful healthy rich generous gentle gracious sweet loyal skilled
    knowledgeable competent talented experienced punctual speedy hassle-free painless seamless
    convincing masterful tasteful harmonious legendary priceless splendid stellar dazzling
    believable imaginative lively energetic graceful hospitable considerate effective helpful
    effortless organised organized sensible well-made tremendous astonishing breathtaking
    addictive cheery classy dreamy fine glorious luxurious neat radiant sincere snappy sleek
    supportive tranquil trusty vibrant winning wise worthy zippy`),
  /** Past tense, with a person before and a thing after. */
  verbs: words(`
    loved liked enjoyed adored appreciated admired treasured cherished recommended praised
    relished savoured welcomed valued respected trusted`),
  /** The same in the present tense. */
  verbsNow: words(`
    love like enjoy adore appreciate admire treasure cherish recommend praise relish savour
    welcome value respect trust`),
  /** After "a" or "an", "such a", "what a". */
  nouns: words(`
    joy delight pleasure bargain gem masterpiece winner treat triumph success treasure hit marvel
    wonder blessing dream highlight steal classic charmer revelation improvement lifesaver
    star beauty victory`),
  /** After "full of", "with", "so much". */
  masses: words(`
    charm warmth humour humor heart kindness love joy care passion energy flavour flavor taste
    beauty comfort quality style elegance fun laughter talent skill soul wit happiness praise`),
  comparatives: words(`
    better nicer faster quicker easier simpler cheaper cleaner quieter brighter sharper clearer
    stronger safer smoother lighter softer tastier fresher happier friendlier smarter funnier
    prettier richer healthier warmer calmer cosier stabler`),
  adverbs: words(`
    beautifully perfectly wonderfully brilliantly nicely well smoothly flawlessly superbly
    carefully lovingly elegantly cleverly excellently thoughtfully expertly neatly tastefully`),
  openers: words(`luckily fortunately thankfully happily wow yay`),
  /** What a thing does or did. */
  events: lines(`
    works perfectly
    works like a charm
    works great
    worked straight out of the box
    arrived early
    arrived on time
    came sooner than promised
    exceeded all my expectations
    made me smile
    made me laugh out loud
    made my day
    made us feel at home
    makes life so much easier
    saves me a lot of time
    saved us money
    runs smoothly
    runs like new
    looks beautiful
    looks amazing on the wall
    smells lovely
    feels luxurious
    feels solid in the hand
    tastes delicious
    sounds crystal clear
    fits like a glove
    fits well
    lasts all day
    lasted for years
    held up well
    does exactly what it promises
    does the job nicely
    delivers on every level
    deserves five stars
    deserves an award
    won me over
    won our hearts
    brightened up my morning
    kept me hooked until the end
    kept us entertained for hours
    solved everything quickly
    answered all our questions patiently
    fixed the issue at once
    was worth the wait
    was worth it
    is worth the money
    is worth a visit
    was a breath of fresh air
    went above and beyond
    went smoothly
    went very well
    improved a lot
    gets better every time
    keeps getting better
    cured my headache
    helped me a great deal
    helped us right away
    blew me away
    took my breath away
    left me speechless with joy
    left a smile on my face
    turned out beautifully
    turned out great
    came with a free gift
    replied promptly and politely
    explained everything clearly
    treated us like family
    impressed the whole family
    charges quickly
    starts in seconds
    loads instantly
    is a pleasure to use
    is a joy to read
    is easy to clean
    is simple to install
    was out of this world
    stood out from all the others
    made it all worthwhile
    gave us a hand with the bags
    gave me confidence
    never fails
    never disappoints
    never failed me
    never let us down
    has never let me down once`),
  /** Whole remarks of a person. */
  remarks: lines(`
    five stars
    thumbs up
    well done
    thank you so much
    thanks a lot to the whole team
    i will definitely come back
    we will be back soon
    i will buy it again
    i would buy another one
    i can not wait to return
    we can not wait for the next season
    i could not stop smiling
    i could not put it down
    i could not ask for more
    you can not go wrong with this one
    could not be more pleased
    it could not be easier
    it could not have gone better
    we could not have been more satisfied
    nothing could be better
    it does not get better than this
    i have never been so happy
    i have never seen anything so beautiful
    best purchase ever
    the best i have ever had
    the best in town
    money well spent
    what more could you want
    i am so glad i found this
    i am a big fan
    count me in as a fan
    my new favourite
    i am over the moon
    i am in love
    it is everything i hoped for
    it is just what i needed
    exactly as described
    exactly what we were looking for
    even better than i imagined
    much better than expected
    way better than the old one
    it is a must
    a must see
    a must read
    a must have
    highly recommend
    strongly recommended
    two thumbs up
    i recommend it to all my friends
    do yourself a favour and get one
    it was love at first sight
    all of us had a good time
    we had a blast
    we had a great time
    had so much fun
    keep up the good work
    hats off to the chef
    bravo
    congratulations
    hooray
    no regrets
    no complaints so far
    not a single complaint
    zero problems
    no problems whatsoever
    no issues at all
    without any trouble
    without a hitch
    i have no regrets about it
    nothing to complain about
    i can not complain
    can not fault it
    there is nothing i would change`),
} as const;

export const NEGATIVE = {
  adjectives: words(`
    bad terrible horrible awful dreadful poor disgusting revolting gross nasty lousy miserable
    pathetic atrocious abysmal appalling horrendous hideous ugly unpleasant annoying irritating
    frustrating infuriating disappointing dissatisfying unsatisfactory mediocre boring dull tedious
    bland tasteless flavourless lifeless monotonous repetitive predictable forgettable shallow
    stupid silly dumb ridiculous absurd pointless senseless meaningless useless worthless broken
    faulty defective damaged cracked torn scratched dented flimsy fragile cheaply-made shoddy weak
    unreliable unstable buggy glitchy laggy slow sluggish late delayed overdue noisy loud deafening
    dirty filthy grubby dusty stained smelly stinky mouldy moldy rotten stale soggy greasy burnt
    burned undercooked overcooked raw cold lukewarm dry chewy salty bitter sour inedible uncomfortable
    cramped tiny narrow stuffy crowded overcrowded chaotic messy disorganised disorganized confusing
    complicated complex clumsy awkward difficult hard impossible unusable unreadable unclear vague
    misleading dishonest fake false deceptive fraudulent rude unfriendly impolite arrogant
    unhelpful incompetent careless lazy unprofessional hostile aggressive ignorant indifferent
    dismissive insulting offensive expensive overpriced costly outrageous unfair unacceptable
    inexcusable unbearable intolerable painful sore sad sorry upset angry furious mad annoyed
    disappointed frustrated unhappy dissatisfied disgusted horrified shocked worried depressing
    dreary gloomy grim bleak cruel harsh heavy bulky blurry grainy dim dark dead flat empty missing
    incomplete unfinished outdated obsolete inferior worse worst weird creepy scary dangerous unsafe
    harmful toxic risky hopeless helpless laughable amateurish lame cheesy corny clichéd pretentious
    dire dismal horrid ghastly vile foul wretched shameful disgraceful embarrassing awkward
    excruciating exhausting tiresome tiring dysfunctional inconvenient unnecessary unwelcome
    unconvincing unfunny uninspired uninteresting unimpressive underwhelming substandard second-rate
    untrustworthy wasteful wobbly crappy rubbish negative nonsensical wrong inaccurate insecure
    leaky rusty scruffy shabby sticky tacky unwatchable watery wooden bumpy`),
  verbs: words(`
    hated disliked regretted despised loathed detested resented dreaded endured cursed
    rejected avoided`),
  verbsNow: words(`
    hate dislike regret despise loathe detest resent dread endure curse reject avoid`),
  nouns: words(`
    waste disaster mess nightmare scam failure joke disgrace letdown flop fiasco shame insult
    mistake pain catastrophe rip-off ripoff farce tragedy embarrassment bore chore headache
    swindle fraud dud lemon eyesore abomination`),
  masses: words(`
    bugs errors mistakes flaws faults problems trouble issues defects glitches crashes noise dirt
    dust holes mould cracks stains ads spam clichés nonsense lies rubbish garbage trash junk hatred
    pain anger disappointment frustration delays excuses stress`),
  comparatives: words(`
    worse uglier slower harder louder noisier dirtier darker weaker poorer duller blander pricier
    clumsier messier sadder ruder buggier dumber rougher staler stranger shabbier flimsier
    unhappier lazier crankier shakier`),
  adverbs: words(`
    badly poorly terribly horribly awfully miserably carelessly clumsily sloppily dreadfully
    shoddily lazily cheaply hastily atrociously wrongly`),
  openers: words(`sadly unfortunately regrettably alas ugh yuck`),
  events: lines(`
    stopped working
    stopped charging after a month
    broke on the first day
    broke within days
    broke down twice
    fell to pieces
    came apart in my hands
    keeps freezing
    keeps crashing on me
    keeps disconnecting
    keeps breaking
    kept failing
    crashes constantly
    froze again and again
    overheats quickly
    leaks everywhere
    smells of smoke
    smells horrible
    tastes like cardboard
    tasted of nothing
    looks cheap
    looks nothing like the picture
    feels cheap and nasty
    sounds like a tin can
    does not work
    does not fit
    does not turn on
    did not work at all
    did not even start
    did not help
    did not arrive
    did not last long
    never arrived
    never worked properly
    never replied to my mails
    arrived broken
    arrived two weeks late
    came with a dent
    came in the wrong colour
    was missing half the parts
    had parts missing
    died after a week
    lost power overnight
    drains far too quickly
    runs out in no time
    took forever
    takes ages to load
    made me sick
    made us ill
    made me angry
    made everything worse
    ruined our holiday
    ruined my day
    spoiled the evening
    wasted my time
    wastes your money
    cost me a fortune
    costs far too much
    ignored our requests
    ignored my complaint
    refused to help
    refused a refund
    hung up on me
    lied to us
    lied about the price
    cheated us
    shouted at my wife
    treated us badly
    lost my luggage
    lost all my data
    deleted my files
    let me down
    let us down badly
    failed completely
    failed to impress
    failed again
    falls short
    fell flat
    put me to sleep
    bored me to tears
    gave me a headache
    hurts my back
    hurt my ears
    scratched my table
    tore after one wash
    shrank in the wash
    got worse
    gets worse every year
    went wrong
    went downhill
    went badly
    should be banned
    should be avoided
    belongs in the bin
    leaves a lot to be desired
    left us hungry
    left me cold
    makes no sense
    goes nowhere
    is not worth it
    was not worth the wait
    is not worth the money
    is a pain to use
    is hard to read
    is impossible to open
    is out of order
    is falling apart
    was cancelled without notice
    has no charm
    has no flavour
    lacks depth
    lacks any charm
    lacks flavour
    needs a lot of work`),
  remarks: lines(`
    one star
    zero stars
    thumbs down
    avoid
    avoid at all costs
    stay away
    stay away from this one
    do not buy it
    do not buy this
    do not waste your money
    do not bother
    do not go there
    never again
    i will never come back
    we will never go there again
    i will not buy it again
    i would not go back
    i want a refund
    i want my money back
    i demand my money back
    i asked for a refund
    i sent it back
    i had to return it
    i threw it away
    it went straight into the bin
    it could not be worse
    it could not have been worse
    could not finish it
    i could not sleep because of the noise
    i could not wait for it to end
    i gave up after ten pages
    i walked out
    we left early
    i wish i had never bought it
    i wish i had read the reviews first
    what were they thinking
    what a shame
    what a letdown
    shame on them
    money down the drain
    a waste of money
    a complete waste of time
    a total failure
    not worth a penny
    not worth the time
    not what i ordered
    not as described
    not as good as the old one
    worse than before
    much worse than expected
    the worst i have ever had
    worst purchase ever
    the worst in town
    i expected more
    i expected better
    i had hoped for more
    should have been better
    could be better
    it could have been better
    has seen better days
    it used to be good
    it was good once
    i am done with them
    i am fed up
    i am sick of it
    i am so tired of this
    i am not amused
    i am not happy about it
    i am not impressed
    we were not satisfied
    nobody answered
    nobody cared
    nobody picked up the phone
    no one could help us
    no help at all
    no apology no refund
    too little too late
    too slow
    too expensive for what it is
    far too loud
    way too salty
    too good to be true
    nothing works
    nothing special
    nothing worked as promised
    unfortunately it broke`),
} as const;

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
