// The second half of the concept lexicon; concept-lexicon.ts says how to read it.

export const MORE_CONCEPTS = `
# sport
football soccer
basketball tennis baseball hockey volleyball rugby cricket
game match fixture
team squad side club
player athlete footballer sportsman
win* won victory victorious triumph* triumphant beat
lose-the-game lost-the-match defeat* beaten
champion winner gold-medal championship title trophy
goal score* point
coach trainer manager
run-a-race race marathon sprint* jog*
swim* swam swimmer swimming-pool
referee umpire
olympics world-cup tournament
fan supporter spectator
stadium arena pitch field
ski* skiing snowboard*
climb-a-mountain climbing hiking hike* trek*
dance* dancing ballet
yoga pilates stretch*

# education
teacher professor tutor instructor lecturer
student pupil learner undergraduate
school college university academy
lesson class course lecture seminar
teach* taught explain* instruct* educate*
learn* learnt study* studied
exam test quiz examination
homework assignment coursework
book novel volume paperback
read* reading
write* wrote written author writer
library librarian
language english french spanish vocabulary
maths mathematics algebra arithmetic
degree diploma certificate qualification
pen pencil
story tale fable narrative
poem poetry verse

# work
job employment position vacancy occupation
apply* application applicant candidate
work* labour labor toil*
boss manager supervisor chief
employee worker staff personnel
company firm business corporation enterprise
office workplace headquarters
meeting conference appointment
hire* recruit* employ* take-on
fire* sack* dismiss* lay-off laid-off redundant
resign* quit* step-down leave-the-job
colleague coworker co-worker teammate
interview job-interview
cv resume curriculum-vitae
project assignment task
deadline due-date
report presentation slides
career profession vocation
unemployed jobless out-of-work
strike walkout industrial-action
contract agreement deal
promotion promoted
factory plant manufacturing

# family
child children kid youngster toddler
baby infant newborn
mother mum mom mummy
father dad daddy
parents mother-and-father
woman lady female
man guy gentleman male
boy lad son
girl daughter lass
brother sister sibling
wife husband spouse partner
grandmother grandma granny
grandfather grandpa
friend pal buddy mate
wedding marry* marriage bride groom
divorce* separate* split-up
birthday anniversary
party celebration celebrate* festivity
cry* weep* wept sob* tears
love* adore* fond-of affection
born birth give-birth
people folks humans persons

# home
house home apartment flat residence building
garden yard lawn backyard
outside outdoors open-air
kitchen pantry
bathroom toilet shower
furniture sofa couch armchair
table desk
chair stool seat
bed mattress
door gate entrance
window pane
clean* tidy* wash* scrub*
dirty filthy messy grubby
paint* decorate*
repair* fix* mend*
fire blaze flames
burn* burned-down burnt destroy* destroyed-by-fire
rent* lease* tenant landlord
neighbour neighbor next-door
electricity power electric
heating radiator boiler
light lamp bulb
plumber pipe leak* tap
plant* flower rose tulip
tree oak pine forest wood
noise noisy loud
quiet silent silence
washing-machine laundry dishwasher
fridge refrigerator freezer
move-house relocate* moving
key lock
farmer farm crops harvest*

# art
music tune melody
song track
band group orchestra musicians
singer vocalist sing* sang
concert gig show performance
perform* play-live on-stage stage
guitar piano violin drums instrument
film movie picture
cinema movie-theatre
actor actress movie-star
theatre play drama
painting picture drawing artwork portrait
artist painter sculptor
museum gallery exhibition
photograph photo snapshot camera
television tv
series episode show
radio podcast
joke funny humorous laugh*
director film-maker
watch* view*

# science
scientist researcher scholar
astronomer astronomy telescope
planet world
star galaxy universe cosmos
moon lunar
space outer-space orbit
rocket spaceship spacecraft
discover* find* found detect* spot* uncover*
experiment trial
research investigation
chemistry chemical molecule
physics physicist
biology biologist cell gene dna
energy solar-power
climate-change global-warming greenhouse
pollution contamination smog
recycle* recycling waste garbage rubbish trash
invent* invention inventor
earth globe
dinosaur fossil extinct

# society
president head-of-state leader
prime-minister premier chancellor
government administration cabinet
minister secretary
parliament congress senate
election vote* ballot poll
politician lawmaker
country nation state
city town municipality
village hamlet
speech address* talk
law legislation statute
lawyer attorney solicitor barrister
judge magistrate
court tribunal trial
verdict ruling sentence judgment
crime offence criminal
police cops policeman officer
thief robber burglar
steal* stole stolen rob* robbery burglary theft
prison jail
arrest* detain*
kill* murder* homicide
war conflict battle
soldier army troops military
peace ceasefire truce
protest* demonstration demonstrate* rally
king queen monarch royal
church mosque temple
pray* prayer worship*
newspaper journalist reporter press
history historic past
immigrant refugee migrant

# ~action
search* find* found look-for looking-for seek* sought hunt-for
start* begin* began begun commence*
stop* finish* end* cease*
help* assist* aid* support*
ask* inquire* enquire* question
answer* reply* respond* response
say* said tell* told
speak* spoke talk* chat*
see* saw look-at notice*
hear* heard listen*
give* gave hand-over
get* got receive* obtain*
need* require*
want* wish* would-like
make* made create* produce*
build* built construct*
break* broke broken smash*
open* unlock*
close* shut*
walk* stroll*
run* ran rush*
jump* leap*
throw* threw toss*
carry* transport*
wait* hang-on
think* thought believe*
know* knew understand* understood
remember* recall*
hate* dislike* detest*
like* enjoy* have-fun
play* playing-games
argue* quarrel* row
call* phone* ring* rang contact*
meet* met
show* demonstrate*
try* attempt*
choose* chose pick* select*
compare* contrast*
send* sent
use* utilise* utilize*
keep* kept hold*
hide* hid conceal*
fight* fought
live* reside* dwell*
die* died pass-away passed-away dead death
wear* wore
improve* enhance* make-better
check* inspect* examine*

# ~quality
big large huge enormous giant massive
small little tiny miniature
good great excellent fine wonderful superb
bad terrible awful horrible dreadful
fast quick rapid speedy swift
slow sluggish
new brand-new recent modern
old ancient elderly aged
beautiful pretty lovely gorgeous attractive
ugly hideous
happy glad cheerful delighted pleased
sad unhappy miserable
angry furious mad annoyed
afraid scared frightened fear
easy simple straightforward effortless
difficult hard tough tricky challenging
important crucial essential vital
dangerous risky hazardous
safe secure protected
clever smart intelligent bright
stupid silly dumb foolish
strong powerful mighty
weak feeble
high tall
long lengthy
short brief
empty vacant
full packed crowded
wrong incorrect mistaken
right correct accurate
last final closing
first initial
red scarlet crimson
blue navy
green emerald
black dark
white pale
famous well-known celebrated
strange odd weird peculiar
interesting fascinating intriguing
boring dull tedious
a-lot sharply much considerably very-much greatly
too-much excessive too-many

# ~time
today this-morning this-afternoon
tomorrow next-day
yesterday the-day-before
tonight this-evening evening
morning dawn sunrise
night midnight
week weekly seven-days
month monthly
year annual yearly
now currently at-the-moment
soon shortly in-a-moment
often frequently regularly again-and-again keeps keep-on repeatedly
never not-once
always all-the-time constantly
again once-more
not-yet still-not has-not
later afterwards
hour minute
another one-more
together jointly
near close-to next-to by
far distant remote
`;
