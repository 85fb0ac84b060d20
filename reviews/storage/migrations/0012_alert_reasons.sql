-- Why a review may be urgent whatever its stars, as a rule asks: JSON list of 'risk', 'disagree', 'sentence'.
ALTER TABLE alert_rules ADD COLUMN reasons TEXT NOT NULL DEFAULT '["risk"]';
