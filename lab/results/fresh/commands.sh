python lab/render_faces.py --target_dir=lab_out/renders/test --identities=250 --first_identity=3000000 --images=20 --side=128 --seed=0
python dataset/crop_align.py --data_dir=lab_out/renders/test --target_dir=lab_out/crops/test --im_size=64 --batch_size=32 --noturned --noenlarged
python dataset/dataset_sharding.py --data_dir=lab_out/crops/test --target_dir=lab_out/shards/test --data_name=lab --data_type=test
for swapper in target source blur grey model_zoo/lab/generator.keras; do
    name=$(basename $swapper .keras)
    python evaluation/evaluate.py --targets=lab_out/shards/test --swapper=$swapper --name="$(test -f $swapper && echo 'the shipped generator')" \
        --arcface_path=model_zoo/lab/arcface.keras --identity_encoder=model_zoo/lab/cosface.keras \
        --pose_encoder=model_zoo/lab/pose.keras --expression_encoder=model_zoo/lab/expression.keras \
        --features_encoder=mobilenet_v2 --pairs=3000 --noruntime --out_dir=lab_out/fresh/$name
    cp lab_out/fresh/$name/results.json lab/results/fresh/$name.json
done
