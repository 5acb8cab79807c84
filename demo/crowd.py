"""The crowd of the demo: ordinary users, so that the Users report looks like one."""

from demo.people import Person, Profile

NURSING, ENGINEERING = "School of Nursing", "School of Engineering"
EMERGENCY, CHILDREN = "Emergency Department", "Children's Ward"

# (first name, last name, how the e-mail address is spelled, location)
_NAMES: tuple[tuple[str, str, str, str], ...] = (
    ("Aaliyah", "Adeyemi", "aaliyah.adeyemi", NURSING),
    ("Aarav", "Agarwal", "aarav.agarwal", ENGINEERING),
    ("आरव", "शर्मा", "aarav.sharma", ENGINEERING),
    ("Åsa", "Ångström", "asa.angstrom", NURSING),
    ("Björk", "Guðmundsdóttir", "bjork.gudmundsdottir", NURSING),
    ("Chloë", "D'Arcy", "chloe.darcy", NURSING),
    ("Đặng", "Thị Hoa", "hoa.dang", NURSING),
    ("Δημήτρης", "Παπαδόπουλος", "dimitris.papadopoulos", ENGINEERING),
    ("Елена", "Иванова", "elena.ivanova", ENGINEERING),
    ("Олександр", "Шевченко", "oleksandr.shevchenko", ENGINEERING),
    ("Emma", "van der Berg", "emma.vanderberg", NURSING),
    ("Fatima", "al-Zahra", "fatima.alzahra", NURSING),
    ("فاطمة", "الزهراء", "fatima.zahra", NURSING),
    ("محمد", "حسن", "mohamed.hassan", ENGINEERING),
    ("François", "Lefèvre", "francois.lefevre", ENGINEERING),
    ("Grace", "O'Neill", "grace.oneill", NURSING),
    ("Guadalupe", "Hernández García", "guadalupe.hernandez", NURSING),
    ("יעל", "כהן", "yael.cohen", ENGINEERING),
    ("Ingrid", "Sørensen", "ingrid.sorensen", NURSING),
    ("José María", "Núñez", "josemaria.nunez", ENGINEERING),
    ("სალომე", "ბერიძე", "salome.beridze", ENGINEERING),
    ("김", "민준", "minjun.kim", ENGINEERING),
    ("Kwame", "Nkrumah-Boateng", "kwame.nkrumahboateng", NURSING),
    ("Łukasz", "Żółkiewski", "lukasz.zolkiewski", ENGINEERING),
    ("李", "小龙", "xiaolong.li", EMERGENCY),
    ("Mary", "Smith", "mary.smith", EMERGENCY),
    ("Mary", "Smyth", "mary.smyth", EMERGENCY),
    ("Mary-Jane", "Smith", "maryjane.smith", CHILDREN),
    ("நித்யா", "சுப்பிரமணியன்", "nithya.subramanian", CHILDREN),
    ("Ólafur", "Þórsson", "olafur.thorsson", EMERGENCY),
    ("สมชาย", "ใจดี", "somchai.jaidee", EMERGENCY),
    ("Patrícia", "Gonçalves", "patricia.goncalves", CHILDREN),
    ("Qiáng", "Wáng", "qiang.wang", EMERGENCY),
    ("Renée", "Dubois", "renee.dubois", CHILDREN),
    ("桜", "田中", "sakura.tanaka", CHILDREN),
    ("Siobhán", "Ní Bhriain", "siobhan.nibhriain", EMERGENCY),
    ("Sukarno", "", "sukarno", EMERGENCY),
    ("Tomáš", "Dvořák", "tomas.dvorak", CHILDREN),
    ("Wanjiru", "Kamau", "wanjiru.kamau", CHILDREN),
    ("Արամ", "Պետրոսյան", "aram.petrosyan", EMERGENCY),
    ("Yusuf", "Çelik", "yusuf.celik", EMERGENCY),
    ("Zoë", "Müller-Weiß", "zoe.muellerweiss", CHILDREN),
)

_AT_HILLSIDE = (NURSING, ENGINEERING)


def _person(number: int, first_name: str, last_name: str, local: str, location: str) -> Person:
    if location in _AT_HILLSIDE:
        return Person(local, first_name, last_name, f"{local}@example.edu", location, {"username": local})
    return Person(
        local, first_name, last_name, f"{local}@example.org", location, {"student_id": f"{number:08}"}
    )


CROWD: tuple[Person, ...] = tuple(_person(735000 + 17 * i, *name) for i, name in enumerate(_NAMES))

CROWD_PROFILES: tuple[Profile, ...] = tuple(
    Profile(
        "hillside" if person.location in _AT_HILLSIDE else "valley",
        person.key,
        str(2000 + i),
        person.email,
        person.first_name,
        person.last_name,
        person.identifiers.get("student_id", ""),
        linked=i % 3 > 0,  # two of three have launched before
    )
    for i, person in enumerate(CROWD)
)
