"""What the judgement of the sample town must hold, and what is still open."""

# What the classifier still gets wrong. Take out what it learns; what is added is a regression.
OPEN_FLAGS = {
    "artcentre/yikao.html",
    "baishun/baojie.html",
    "bookshop/jiaofu.html",
    "careclub/yitian.html",
    "classifieds «成人英语口语晚班»",
    "classifieds «架子鼓 吉他 一对一»",
    "coding/jiage.html",
    "coding/weiqi.html",
    "coding/wenda.html",
    "driving/jiage.html",
    "forum/thread-20418-1-1.html",
    "forum/thread-20477-1-1.html",
    "forum/thread-20577-1-1.html",
    "forum/thread-20590-1-1.html",
    "kindergarten/ruxue.html",
    "library/home/hd202611.html",
    "primary/news/zy.htm",
    "sport/kecheng.html",
    "xiaoyang/leyuan.html",
    "xuexi/a/chuzhong/312.html",
    "xuexi/a/xiaoxue/360.html",
}
OPEN_MISSES = {"dance/huodong.html", "jobs/zhiwei/10038.html"}
# Flagged, but under another offering.
OPEN_OFFERINGS = {"weixin/s?__biz=MzAwMDAwMDAwMA==&mid=2247483605&idx=1&sn=b2c1"}

# Recall of needs_review never falls below 0.9 (the product's promise); precision and the labels
# never below what has been reached. A label's floor counts lines of the truth that show it.
RECALL_FLOOR = 0.9
PRECISION_FLOOR = 0.73
LABEL_FLOORS = {
    "care_or_study_room": 8,
    "coded_wording": 3,
    "competition": 2,
    "consulting": 0,
    "covert_venue": 1,
    "crowdfunded": 2,
    "home_tutoring": 5,
    "literacy_rename": 2,
    "recorded_online": 4,
    "smart_device": 5,
    "study_camp": 2,
    "ahead_of_syllabus": 0,
    "anxiety_marketing": 1,
    "campus_promotion": 1,
    "capital_raising": 2,
    "endorsement_claim": 5,
    "guarantee_claim": 2,
    "in_service_teacher": 1,
    "offshore_teacher": 1,
    "prepaid_fee": 8,
    "restricted_hours": 29,
}
