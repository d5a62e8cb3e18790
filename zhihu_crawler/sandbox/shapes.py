"""Keys that objects and states have on the site and that say the same everywhere here."""

from __future__ import annotations

from typing import Any


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text: a table of names in as few lines as it needs."""
    return tuple(text.split())


def _all(value: Any, text: str) -> dict[str, Any]:
    return dict.fromkeys(words(text), value)


_EDIT = {"reason": "", "status": False, "tip": "", "title": "", "unnormal_details": {}, "url": ""}
_THUMBNAILS = {"count": 0, "thumbnails": [], "type": "thumbnail_info"}
_CAN_COMMENT = {"reason": "", "status": True}
ANSWER: dict[str, Any] = {
    **_all(
        False,
        "admin_closed_comment has_publishing_draft is_contain_ai_content is_jump_native is_mine is_navigator is_sticky "
        "navigator_vote visible_only_to_author",
    ),
    **_all("", "editable_content extras sticky_info"),
    **_all(True, "is_normal is_visible"),
    "allow_segment_interaction": 1,
    "annotation_action": None,
    "answer_type": "normal",
    "attached_info": "ogEYCAQQAxg=",
    "business_type": "normal",
    "can_comment": _CAN_COMMENT,
    "comment_permission": "all",
    "content_mark": {},
    "decorative_labels": [],
    "reaction_instruction": {},
    "relationship": {
        **_all(False, "is_author is_authorized is_favorited is_nothelp is_thanked"),
        "upvoted_followees": [],
        "voting": 0,
    },
    "relevant_info": {"is_relevant": False, "relevant_text": "", "relevant_type": ""},
    "reward_info": {
        "can_open_reward": False,
        "is_rewardable": True,
        "reward_member_count": 0,
        "reward_total_money": 0,
        "tagline": "真诚赞赏，手留余香",
    },
    "settings": {"table_of_contents": {"enabled": False}},
    "suggest_edit": _EDIT,
    "thumbnail_info": _THUMBNAILS,
    "type": "answer",
    "vote_next_step": "vote",
}
"""Of an answer in a feed, December 2025."""
ANSWER_ALONE = frozenset(
    words(
        "allow_segment_interaction answer_type author comment_count content content_need_truncated created_time "
        "excerpt extras force_login_when_click_read_more id is_collapsed is_contain_ai_content is_copyable "
        "is_jump_native is_navigator navigator_vote question relationship thanks_count type updated_time url "
        "vote_next_step voteup_count"
    )
)
"""Keys of ``answers/{id}``, March 2026."""
QUESTION: dict[str, Any] = {
    **_all(
        False,
        "is_muted admin_closed_comment has_publishing_draft show_author is_labeled is_bannered invisible_author",
    ),
    **_all(True, "is_visible is_normal is_editable show_encourage_author can_vote"),
    "comment_permission": "all",
    "can_comment": _CAN_COMMENT,
    "thumbnail_info": _THUMBNAILS,
    "review_info": {"type": "", "tips": "", "edit_tips": "", "is_reviewing": False, "edit_is_reviewing": False},
    "related_cards": [],
    "mute_info": {"type": ""},
    "reaction_instruction": {},
    "relationship": {"is_author": False, "is_following": False, "is_anonymous": False, "voting": 0},
}
"""Of a question, December 2025."""
ARTICLE: dict[str, Any] = {
    **_all(
        False,
        "admin_closed_comment can_reference can_tip content_need_truncated force_login_when_click_read_more "
        "has_publishing_draft is_favorited is_labeled is_liked is_navigator is_new_link_card "
        "is_title_image_full_screen mcn_fp_show navigator_vote",
    ),
    **_all([], "annotation_action contributions entity_words interaction_bar_plugins republishers track_url"),
    **_all({}, "activity_topping_info endorsements podcast_audio_enter reaction reaction_instruction share_guide"),
    **_all("", "ab_param attached_info excerpt_title ip_info reason share_text"),
    **_all(0, "bar_plugins_flip_time status tipjarors_count voting"),
    "article_type": "normal",
    "can_comment": _CAN_COMMENT,
    "comment_permission": "all",
    "commercial_info": {"is_commercial": False},
    "copyright_permission": "need_review",
    "emoji_reaction": {},
    "heavy_up_status": "allow_heavy_up",
    "is_normal": True,
    "is_visible": True,
    "settings": {"table_of_contents": {"enabled": False}},
    "state": "published",
    "suggest_edit": _EDIT,
    "type": "article",
    "upvoted_followees": [],
    "vote_next_step": "vote",
}
"""Of an article, May 2025."""
USER_ZEROES = words(
    "mutual_followees_count commercial_question_count zvideo_count hosted_live_count participated_live_count "
    "included_answers_count included_articles_count vote_to_count vote_from_count thank_to_count thank_from_count "
    "available_medals_count columns_count"
)
USER: dict[str, Any] = {
    **_all(
        False,
        "is_advertiser is_following is_followed is_blocking is_blocked is_force_renamed is_privacy_protected "
        "use_default_avatar has_applying_column",
    ),
    **dict.fromkeys(USER_ZEROES, 0),
    **_all("", "included_text cover_url avatar_hue"),
    "account_status": [],
    "allow_message": True,
    "is_active": 1,
    "is_realname": True,
    "juror": {"is_juror": False, "vote_count": 0, "review_count": 0, "review_liked_count": 0},
    "type": "people",
    "vip_info": {"is_vip": False, "vip_type": 0, "rename_days": "60", "entrance_v2": None},
}
"""Of a user, March 2024."""
USER_API: dict[str, Any] = {
    "ai_assistant_info": None,
    "is_new_rename": False,
    "kvip_info": {"is_vip": False, "target_url": ""},
    "org_verify_status": None,
}
"""Of ``members/{token}`` alone, March 2026."""
STATE_PARTS: dict[str, Any] = _all(
    {},
    "settings notification env me label ecommerce oiaModal comments commentsV2 pushNotifications messages register "
    "login switches captcha sms chat emoticons creator creators shareTexts answers banner topic explore articles "
    "favlists pins publishedModal topstory upload video zvideos guide reward search creatorSalt publicEditPermission "
    "readStatus draftHistory notifications specials collections userProfit mcn mcnActivity brand host campaign "
    "knowledgePlan wallE roundtables helpCenter republish commercialReport creatorMCN commentManage commentPermission "
    "creatorRightStatus zhiPlus streaming creationRanking eduSections adPromotion editVideo zhidaEntry guideZhidaCard "
    "hotSpot contentColumnCard rings menuIgnoreSet",
)
"""Of a state, December 2025: parts in which nothing is that is read."""
ENTITY_TABLES = words(
    "users questions answers articles columns topics roundtables favlists comments notifications ebooks activities "
    "feeds pins promotions drafts chats posts zvideos eduCourses"
)
PEOPLE: dict[str, Any] = {
    **_all(
        {},
        "profileStatus activitiesByUser answersByUser answersSortByVotesByUser answersIncludedByUser "
        "votedAnswersByUser thankedAnswersByUser voteAnswersByUser thankAnswersByUser topicAnswersByUser zvideosByUser "
        "articlesByUser articlesSortByVotesByUser articlesIncludedByUser pinsByUser questionsByUser "
        "commercialQuestionsByUser favlistsByUser followingByUser followersByUser mutualsByUser followingColumnsByUser "
        "followingQuestionsByUser followingFavlistsByUser followingTopicsByUser publicationsByUser columnsByUser "
        "allFavlistsByUser creationsByUser creationsSortByVotesByUser creationsFeed infinity batchUsers",
    ),
    "brands": None,
    "profileInfinity": None,
}
"""Of a state's ``people``, March 2024; each is a fresh object where it is filled."""
QUESTION_PART: dict[str, Any] = {
    **_all(
        {},
        "followers concernedFollowers answers hiddenAnswers updatedAnswers ariaAnswers collapsedAnswers "
        "notificationAnswers invitedQuestions laterQuestions waitingQuestions invitationCandidates inviters invitees "
        "similarQuestions questionBanners relatedCommodities bio brand permission adverts advancedStyle topicMeta "
        "bluestarRanklist relatedSearch autoInvitation simpleConcernedFollowers draftStatus disclaimers",
    ),
    "aiTask": None,
    "commonAnswerCount": 0,
    "hiddenAnswerCount": 0,
    "isShowMobileSignInModal": False,
}
"""Of a state's ``question``, December 2025."""
