from __future__ import annotations

from pathlib import Path

import pytest

from esl_bridge.config import Settings, SwitchConfig
from esl_bridge.domain.company import Company, Extension, Ivr, Route, Skill


@pytest.fixture
def settings() -> Settings:
    return Settings(
        switch=SwitchConfig(password="esl-secret", user="daemon@esl-bridge.local"),
        companies_path=Path("companies.yaml"),
    )


@pytest.fixture
def company() -> Company:
    return Company(
        code="90001",
        extensions={"90001_20000": Extension(password="secret")},
        skills={"1001": Skill(max_wait_seconds=77)},
        ivrs={"2001": Ivr(extension="ivr_main", context="default")},
        survey=Ivr(extension="survey", context="asking"),
        numbers={
            "40010001": Route(skill="1001"),
            "40010002": Route(agent="90001_20000"),
            "+8640010003": Route(ivr="2001"),
            "40010004": Route(number="13107618845"),
        },
    )


@pytest.fixture
def companies(company: Company) -> dict[str, Company]:
    return {company.code: company}
