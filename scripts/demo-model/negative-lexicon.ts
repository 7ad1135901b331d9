// Words and phrases of complaint, for the sentiment corpus; its fields are those of POSITIVE.
import { lines, words } from "./word-list.ts";

export const NEGATIVE = {
  adjectives: words(`
    bad terrible horrible awful dreadful poor disgusting revolting gross nasty lousy miserable
    pathetic atrocious abysmal appalling horrendous hideous ugly unpleasant annoying irritating
    frustrating infuriating disappointing dissatisfying unsatisfactory mediocre boring dull
    tedious bland tasteless flavourless lifeless monotonous repetitive predictable forgettable
    shallow stupid silly dumb ridiculous absurd pointless senseless meaningless useless worthless
    broken faulty defective damaged cracked torn scratched dented flimsy fragile cheaply-made
    shoddy weak unreliable unstable buggy glitchy laggy slow sluggish late delayed overdue noisy
    loud deafening dirty filthy grubby dusty stained smelly stinky mouldy moldy rotten stale soggy
    greasy burnt burned undercooked overcooked raw cold lukewarm dry chewy salty bitter sour
    inedible uncomfortable cramped tiny narrow stuffy crowded overcrowded chaotic messy
    disorganised disorganized confusing complicated complex clumsy awkward difficult hard
    impossible unusable unreadable unclear vague misleading dishonest fake false deceptive
    fraudulent rude unfriendly impolite arrogant unhelpful incompetent careless lazy
    unprofessional hostile aggressive ignorant indifferent dismissive insulting offensive
    expensive overpriced costly outrageous unfair unacceptable inexcusable unbearable intolerable
    painful sore sad sorry upset angry furious mad annoyed disappointed frustrated unhappy
    dissatisfied disgusted horrified shocked worried depressing dreary gloomy grim bleak cruel
    harsh heavy bulky blurry grainy dim dark dead flat empty missing incomplete unfinished
    outdated obsolete inferior worse worst weird creepy scary dangerous unsafe harmful toxic risky
    hopeless helpless laughable amateurish lame cheesy corny clichéd pretentious dire dismal
    horrid ghastly vile foul wretched shameful disgraceful embarrassing awkward excruciating
    exhausting tiresome tiring dysfunctional inconvenient unnecessary unwelcome unconvincing
    unfunny uninspired uninteresting unimpressive underwhelming substandard second-rate
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
